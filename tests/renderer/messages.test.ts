import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
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

  test('every message is used', () => {
    const source = readdirSync('renderer', { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(svelte|ts)$/.test(name) && !name.includes('generated'))
      .map((name) => readFileSync(join('renderer', name), 'utf8'))
      .join()
    // Explanations are asked for by their code: problemWords.test.ts holds them to the codes.
    const keys = Object.keys(en).filter((key) => key !== '$schema' && !key.startsWith('why_'))
    expect(keys.filter((key) => !new RegExp(`m\\.${key}\\b`).test(source))).toEqual([])
  })
})
