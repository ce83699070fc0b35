import { describe, expect, test } from 'vitest'
import type { RunSummary } from '../../shared/domain/run'
import { trainConfigFor } from '../../shared/domain/presets'
import {
  arrangeRuns,
  branchCounts,
  choicesOf,
  familyOf,
  NO_FILTER,
  type RunFilter,
  type Sort,
} from '../../renderer/state/arrangeRuns'
import { mosaicAt } from '../../renderer/state/comparison.svelte'
import { stepOf } from '../../renderer/state/runKeys.svelte'
import { settingsDiff } from '../../renderer/state/settingsDiff'
import { rowsInSight } from '../../renderer/state/virtualRows.svelte'

const CONFIG = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 16,
  stableImages: 1600,
  fadeImages: 1600,
})

function run(id: string, more: Partial<RunSummary> = {}): RunSummary {
  return {
    id,
    name: `Run ${id}`,
    tags: [],
    note: '',
    starred: false,
    file: `/runs/${id}.sqlite`,
    state: 'paused',
    config: CONFIG,
    datasetId: 'd',
    datasetName: 'Emoji',
    datasetSource: { kind: 'sample', name: 'emoji' },
    imagesSeen: 0,
    trainedSeconds: 0,
    diskBytes: 0,
    mosaicSeq: null,
    quality: null,
    parent: null,
    createdAt: 0,
    lastActivityAt: 0,
    failure: null,
    ...more,
  }
}

const branchOf = (runId: string) => ({
  parent: { runId, name: runId, checkpointId: 1, imagesSeen: 16 },
})
const ACTIVITY: Sort = { key: 'activity', reversed: false }

test('runs are ordered by quality, the lowest distance first, those without one always last', () => {
  const quality = (distance: number) => ({
    quality: { imagesSeen: 16, resolution: 4 as const, distance },
  })
  const runs = [run('a', quality(0.2)), run('b'), run('c', quality(0.1)), run('d', quality(0.3))]
  const sorted = (reversed: boolean) => idsOf(runs, {}, { key: 'quality', reversed })
  expect(sorted(false)).toEqual(['c', 'a', 'd', 'b'])
  expect(sorted(true)).toEqual(['d', 'a', 'c', 'b'])
})

function idsOf(runs: RunSummary[], filter: Partial<RunFilter> = {}, sort = ACTIVITY): string[] {
  return arrangeRuns(runs, { ...NO_FILTER, ...filter }, sort, 'en').map((each) => each.run.id)
}

describe('a list of runs', () => {
  const runs = [
    run('a', { lastActivityAt: 1, tags: ['Trees', 'keep'], note: 'The quick one' }),
    run('b', { lastActivityAt: 3, starred: true, state: 'finished', datasetName: 'Digits' }),
    run('c', { lastActivityAt: 2, name: 'Run 10', trainedSeconds: 5, diskBytes: 9 }),
    run('d', { lastActivityAt: 0, name: 'Run 9', trainedSeconds: 7, imagesSeen: 1600 }),
  ]

  test('has the newest activity first', () => expect(idsOf(runs)).toEqual(['b', 'c', 'a', 'd']))

  test('is searched by all words, in names, tags, notes and pictures, whatever their case', () => {
    expect(idsOf(runs, { search: ' QUICK tree ' })).toEqual(['a'])
    expect(idsOf(runs, { search: 'digits' })).toEqual(['b'])
    expect(idsOf(runs, { search: 'quick digits' })).toEqual([])
  })

  test('is narrowed by each filter', () => {
    expect(idsOf(runs, { state: 'finished' })).toEqual(['b'])
    expect(idsOf(runs, { tag: 'keep' })).toEqual(['a'])
    expect(idsOf(runs, { starred: true })).toEqual(['b'])
    expect(idsOf(runs, { dataset: 'Emoji' })).toEqual(['c', 'a', 'd'])
    expect(idsOf(runs, { size: 16 })).toHaveLength(4)
    expect(idsOf(runs, { size: 8 })).toEqual([])
  })

  test('is ordered by numbers from the largest, by words from the first, and the other way', () => {
    expect(idsOf(runs, {}, { key: 'trained', reversed: false }).slice(0, 2)).toEqual(['d', 'c'])
    expect(idsOf(runs, {}, { key: 'progress', reversed: false })[0]).toBe('d')
    expect(idsOf(runs, {}, { key: 'name', reversed: false })).toEqual(['d', 'c', 'a', 'b'])
    expect(idsOf(runs, {}, { key: 'name', reversed: true })).toEqual(['b', 'a', 'c', 'd'])
    expect(idsOf(runs, {}, { key: 'activity', reversed: true })).toEqual(['d', 'a', 'c', 'b'])
  })

  test('offers what some run has, once each', () => {
    expect(choicesOf(runs, 'en')).toEqual({
      states: ['paused', 'finished'],
      tags: ['keep', 'Trees'],
      datasets: ['Digits', 'Emoji'],
      sizes: [16],
    })
  })
})

describe('branches', () => {
  const runs = [
    run('root', { lastActivityAt: 1 }),
    run('twig', { lastActivityAt: 2, ...branchOf('branch') }),
    run('branch', { lastActivityAt: 3, ...branchOf('root') }),
    run('other', { lastActivityAt: 9 }),
    run('orphan', { lastActivityAt: 4, ...branchOf('gone') }),
  ]

  test('are shown as a tree, each below its parent', () => {
    const tree = arrangeRuns(runs, { ...NO_FILTER, family: 'branch' }, ACTIVITY, 'en')
    expect(tree.map(({ run: { id }, depth }) => [id, depth])).toEqual([
      ['root', 0],
      ['branch', 1],
      ['twig', 2],
    ])
    expect(idsOf(runs, { family: 'gone' })).toEqual(['orphan'])
    expect(branchCounts(runs).get('root')).toBe(1)
  })

  test('in a ring, as a file from elsewhere may say, are all shown', () => {
    const ring = [run('x', branchOf('y')), run('y', branchOf('x')), run('z', branchOf('z'))]
    expect(familyOf(ring, 'x').size).toBeGreaterThan(0)
    expect(new Set(idsOf(ring, { family: 'x' }))).toEqual(familyOf(ring, 'x'))
    expect(idsOf(ring, { family: 'z' })).toEqual(['z'])
  })
})

test('only rows near what is seen are drawn', () => {
  expect(rowsInSight(1000, 60, -300, 800)).toEqual({ first: 0, end: 13 })
  expect(rowsInSight(1000, 60, 6000, 800)).toEqual({ first: 96, end: 118 })
  expect(rowsInSight(1000, 60, 60_000, 800)).toEqual({ first: 996, end: 1000 })
  expect(rowsInSight(3, 60, 0, 800)).toEqual({ first: 0, end: 3 })
  expect(rowsInSight(0, 60, 0, 800)).toEqual({ first: 0, end: 0 })
})

test('keys lead from run to run', () => {
  const place = { at: 5, count: 20, rowsOfPage: 3 }
  const steps = (columns: number) =>
    ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'PageDown', 'Home', 'End', 'a'].map((key) =>
      stepOf(key, columns, place),
    )
  expect(steps(4)).toEqual([1, -1, 4, -4, 12, -5, 14, null])
  expect(steps(1)).toEqual([null, null, 1, -1, 3, -5, 14, null])
})

describe('settings side by side', () => {
  test('say what differs, also in stages that only one has', () => {
    const other = trainConfigFor({
      seed: 2,
      channels: 3,
      preset: 'tiny',
      firstResolution: 4,
      finalResolution: 8,
      stableImages: 1600,
      fadeImages: 800,
      loss: 'logistic',
    })
    const rows = settingsDiff([run('a'), run('b', { config: other })])
    const differing = rows.filter(({ differs }) => differs)
    expect(differing.map(({ key, size }) => [key, size])).toEqual([
      ['final', null],
      ['loss', null],
      ['penalty', null],
      ['drift', null],
      ['seed', null],
      ['fade', 8],
      ['fade', 16],
      ['stable', 16],
      ['batch', 16],
      ['rate', 16],
    ])
    expect(rows.find(({ key }) => key === 'loss')!.values).toEqual(['wgan-gp', 'logistic'])
    expect(rows.length).toBeGreaterThan(differing.length)
  })

  test('of equal runs do not differ', () => {
    expect(settingsDiff([run('a'), run('b')]).some(({ differs }) => differs)).toBe(false)
  })
})

test('the mosaic at some images is the newest before them', () => {
  const mosaics = [0, 1024, 2048].map((imagesSeen, seq) => ({
    seq,
    imagesSeen,
    resolution: 4 as const,
    at: 0,
    alpha: 1,
    columns: 8,
    rows: 6,
    interim: false,
  }))
  expect(mosaicAt(mosaics, 1500)!.imagesSeen).toBe(1024)
  expect(mosaicAt(mosaics, 9999)!.imagesSeen).toBe(2048)
  expect(mosaicAt(mosaics.slice(1), 10)!.imagesSeen).toBe(1024)
  expect(mosaicAt([], 10)).toBeNull()
})
