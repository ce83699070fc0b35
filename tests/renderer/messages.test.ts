import { describe, expect, test } from 'vitest'
import en from '../../renderer/messages/en.json'
import zh from '../../renderer/messages/zh-CN.json'

const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

describe('messages', () => {
  test('both languages have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort())
  })

  test('every message has the same places in both, and is not empty', () => {
    const keys = Object.keys(en) as (keyof typeof en)[]
    const placesOf = (messages: typeof en) => keys.map((key) => [key, places(messages[key])])
    expect(placesOf(zh)).toEqual(placesOf(en))
    expect(keys.filter((key) => zh[key] === '' || en[key] === '')).toEqual([])
  })
})
