import type { Resolution } from '../../shared/domain/resolution'
import type { RunState, RunSummary } from '../../shared/domain/run'
import { positionAt, totalImages } from '../../shared/schedule'

/** What a list of runs can be ordered by. */
export const SORT_KEYS = [
  'activity',
  'created',
  'name',
  'state',
  'dataset',
  'size',
  'progress',
  'quality',
  'trained',
  'disk',
] as const
/** One of {@link SORT_KEYS}. */
export type SortKey = (typeof SORT_KEYS)[number]

/** An order; the first of a key's two ways is the one that people mean by it. */
export type Sort = { key: SortKey; reversed: boolean }

/** What of all runs is wanted; null lets everything through. */
export type RunFilter = {
  search: string
  state: RunState | null
  tag: string | null
  dataset: string | null
  size: Resolution | null
  starred: boolean
  /** A run; it, those it branched from and all that branched from these. */
  family: string | null
}

/** Lets everything through. */
export const NO_FILTER: RunFilter = {
  search: '',
  state: null,
  tag: null,
  dataset: null,
  size: null,
  starred: false,
  family: null,
}

/** A run in a list; `depth` says how many runs above it are its ancestors. */
export type ArrangedRun = { run: RunSummary; depth: number }

/** Final size of a run, pixels a side. */
export function finalSize({ config }: RunSummary): Resolution {
  return config.stages.at(-1)!.resolution
}

/** How much of its images a run has seen, 0 to 1. */
export function progressOf({ config, imagesSeen }: RunSummary): number {
  return Math.min(1, imagesSeen / totalImages(config))
}

/** The size that a run stands at. */
export function sizeNow({ config, imagesSeen }: RunSummary): Resolution {
  return positionAt(config, imagesSeen).resolution
}

/** The runs that `filter` lets through, in order. A family comes as a tree: each branch below its parent. */
export function arrangeRuns(
  runs: readonly RunSummary[],
  filter: RunFilter,
  sort: Sort,
  locale: string,
): ArrangedRun[] {
  const words = filter.search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const family = filter.family === null ? null : familyOf(runs, filter.family)
  const wanted = runs.filter(
    (run) =>
      (filter.state === null || run.state === filter.state) &&
      (filter.tag === null || run.tags.includes(filter.tag)) &&
      (filter.dataset === null || run.datasetName === filter.dataset) &&
      (filter.size === null || finalSize(run) === filter.size) &&
      (!filter.starred || run.starred) &&
      (family === null || family.has(run.id)) &&
      matches(run, words),
  )
  const ordered = sorted(wanted, sort, locale)
  return family === null ? ordered.map((run) => ({ run, depth: 0 })) : asTree(ordered)
}

function matches(run: RunSummary, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = [run.name, ...run.tags, run.datasetName, run.note, run.id]
    .join('\n')
    .toLocaleLowerCase()
  return words.every((word) => text.includes(word))
}

/** What runs are ordered by, smallest first, and whether the largest is the one that people want first. */
const MEASURES: Record<
  Exclude<SortKey, 'name' | 'dataset' | 'state'>,
  (run: RunSummary) => number
> = {
  activity: (run) => run.lastActivityAt,
  created: (run) => run.createdAt,
  size: finalSize,
  progress: progressOf,
  // The lowest distance is the best.
  quality: ({ quality }) => (quality === null ? Number.NaN : -quality.distance),
  trained: (run) => run.trainedSeconds,
  disk: (run) => run.diskBytes,
}

const WORDS: Record<'name' | 'dataset' | 'state', (run: RunSummary) => string> = {
  name: (run) => run.name,
  dataset: (run) => run.datasetName,
  state: (run) => run.state,
}

function sorted(
  runs: readonly RunSummary[],
  { key, reversed }: Sort,
  locale: string,
): RunSummary[] {
  const way = reversed ? -1 : 1
  if (key === 'name' || key === 'dataset' || key === 'state') {
    const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' })
    const word = WORDS[key]
    return [...runs].sort(
      (a, b) => way * collator.compare(word(a), word(b)) || b.lastActivityAt - a.lastActivityAt,
    )
  }
  // Reckoned once a run, not once a comparison.
  const measure = MEASURES[key]
  return runs
    .map((run) => ({ run, value: measure(run) }))
    .sort((a, b) => inOrder(a.value, b.value, way) || b.run.lastActivityAt - a.run.lastActivityAt)
    .map(({ run }) => run)
}

/** The larger value first, or last where `way` is -1; what has none (NaN) always comes last. */
function inOrder(a: number, b: number, way: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return +Number.isNaN(a) - +Number.isNaN(b)
  return way * (b - a)
}

/** Ids of all runs that are of one descent with `id`; `id` itself may be gone. */
export function familyOf(runs: readonly RunSummary[], id: string): Set<string> {
  const parents = new Map(runs.map((run) => [run.id, run.parent?.runId ?? null]))
  const root = rootOf(parents, id)
  return new Set([...parents.keys()].filter((each) => rootOf(parents, each) === root))
}

function rootOf(parents: ReadonlyMap<string, string | null>, id: string): string {
  const seen = new Set<string>()
  let at = id
  for (;;) {
    seen.add(at)
    const parent = parents.get(at) ?? null
    // A file from elsewhere may say anything: a ring of parents ends where it began.
    if (parent === null || seen.has(parent)) return at
    at = parent
  }
}

/** How many runs branched from each, directly. */
export function branchCounts(runs: readonly RunSummary[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { parent } of runs) {
    if (parent !== null) counts.set(parent.runId, (counts.get(parent.runId) ?? 0) + 1)
  }
  return counts
}

/** Each run's branches follow it, in the order given; a branch whose parent is not among `runs` stands by itself. */
function asTree(runs: readonly RunSummary[]): ArrangedRun[] {
  const ids = new Set(runs.map((run) => run.id))
  const children = new Map<string | null, RunSummary[]>()
  for (const run of runs) {
    const parent = run.parent !== null && ids.has(run.parent.runId) ? run.parent.runId : null
    children.set(parent, [...(children.get(parent) ?? []), run])
  }
  const tree: ArrangedRun[] = []
  const done = new Set<string>()
  const add = (run: RunSummary, depth: number) => {
    if (done.has(run.id)) return
    done.add(run.id)
    tree.push({ run, depth })
    for (const child of children.get(run.id) ?? []) add(child, depth + 1)
  }
  for (const run of children.get(null) ?? []) add(run, 0)
  for (const run of runs) add(run, 0)
  return tree
}

/** What the runs can be filtered by: everything that some of them have, in order. */
export function choicesOf(runs: readonly RunSummary[], locale: string) {
  const { compare } = new Intl.Collator(locale, { numeric: true })
  const distinct = <T>(values: T[]) => [...new Set(values)]
  return {
    states: distinct(runs.map((run) => run.state)),
    tags: distinct(runs.flatMap((run) => run.tags)).sort(compare),
    datasets: distinct(runs.map((run) => run.datasetName)).sort(compare),
    sizes: distinct(runs.map(finalSize)).sort((a, b) => a - b),
  }
}
