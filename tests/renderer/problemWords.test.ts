import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  because,
  complaintOf,
  errorOf,
  explained,
  EXPLANATIONS,
  ExplanationSchema,
  inEnglish,
} from '../../shared/domain/explanation'
import { TrainEventBodySchema } from '../../shared/domain/trainEvent'

type Catalog = Readonly<Record<string, string>>

function catalog(language: string): Catalog {
  return JSON.parse(readFileSync(`renderer/messages/${language}.json`, 'utf8')) as Catalog
}

const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)

describe.each(['en', 'zh-CN'])('the catalog %s', (language) => {
  const words = catalog(language)

  test('has words for every explanation, which fill in nothing that is not given', () => {
    for (const [code, text] of Object.entries(EXPLANATIONS)) {
      const message = words[`why_${code}`]
      expect(message, code).toBeTypeOf('string')
      expect(namesIn(text), code).toEqual(expect.arrayContaining(namesIn(message!)))
    }
  })

  test('has no words for what cannot be explained', () => {
    const codes = Object.keys(words).filter((key) => key.startsWith('why_'))
    const known = ['why_other', ...Object.keys(EXPLANATIONS).map((code) => `why_${code}`)]
    expect(codes.filter((code) => !known.includes(code))).toEqual([])
  })

  test('never sends a person in a window to a terminal', () => {
    const codes = Object.keys(words).filter((key) => key.startsWith('why_'))
    expect(
      codes.filter((code) => /\bsprout (?:repair|engine)|--device/.test(words[code]!)),
    ).toEqual([])
  })
})

test('an explanation is what a window and a terminal need of an error', () => {
  const reason = because('skip_cut_short', {})
  const error = explained('none_readable_first', { folder: '/a', path: 'b.png', reason })
  expect(error.message).toBe(
    'There is no readable picture in /a; the first, b.png: the file is cut short.',
  )
  expect(v.parse(ExplanationSchema, structuredClone(error.why))).toEqual(error.why)
  expect(errorOf(complaintOf(error))).toEqual(error)
  // As it comes from a thread, which knows nothing of classes.
  expect(complaintOf(Object.assign(new Error('x'), { why: error.why })).why).toEqual(error.why)
  expect(complaintOf(Object.assign(new Error('x'), { why: 'odd' }))).toEqual({ message: 'x' })
})

test('what a newer Sprout explains, and what an older one only tells, is read', () => {
  expect(inEnglish({ code: 'unheard_of', values: {} })).toBe('unheard_of')
  const told = { kind: 'error', imagesSeen: 1, message: 'It went wrong.' }
  expect(v.parse(TrainEventBodySchema, told)).toEqual(told)
  const newer = { ...told, why: { code: 'unheard_of', values: { one: 1 } } }
  expect(v.parse(TrainEventBodySchema, newer)).toEqual(newer)
})
