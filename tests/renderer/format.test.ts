import { describe, expect, test } from 'vitest'
import { formatAgo, formatDuration, formatFigure, formatMoment } from '../../renderer/state/format'

describe('durations', () => {
  test.each([
    [0, '0 sec'],
    [59.4, '59 sec'],
    [60, '1 min'],
    [95, '2 min'],
    [3599, '1 hr'],
    [3600, '1 hr'],
    [7500, '2 hr 5 min'],
    [86_399, '1 day'],
    [86_400, '1 day'],
    [200_000, '2 days 8 hr'],
  ])('%d s is %s', (seconds, text) => expect(formatDuration(seconds, 'en')).toBe(text))

  test('speak Chinese', () => expect(formatDuration(7500, 'zh-CN')).toBe('2小时 5分钟'))
})

describe('moments', () => {
  const now = new Date(2026, 4, 20, 15, 0).getTime()
  const MINUTE = 60_000

  test.each([
    [10_000, 'now'],
    [5 * MINUTE, '5 minutes ago'],
    [119 * MINUTE, '1 hour ago'],
    [30 * 60 * MINUTE, 'yesterday'],
    [100 * 60 * MINUTE, '4 days ago'],
    [30 * 24 * 60 * MINUTE, 'Apr 20, 2026'],
  ])('%d ms before is %s', (before, text) => expect(formatAgo(now - before, now, 'en')).toBe(text))

  test('a clock that runs ahead reads as now', () => {
    expect(formatAgo(now + 90_000, now, 'en')).toBe('now')
  })

  test('another day is named', () => {
    expect(formatMoment(now, now, 'en')).toBe('03:00 PM')
    expect(formatMoment(now + 24 * 60 * MINUTE, now, 'en')).toBe('May 21, 03:00 PM')
  })
})

test('figures keep about three digits', () => {
  expect([0.1234, -2.06, 57.28, 228.4].map((value) => formatFigure(value, 'en'))).toEqual([
    '0.12',
    '-2.06',
    '57.3',
    '228',
  ])
})
