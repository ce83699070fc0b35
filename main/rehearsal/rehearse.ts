import * as v from 'valibot'
import type { PrepareOptions } from '../../shared/domain/dataset'
import type { Rehearsal, RehearsalQuestion } from '../../shared/domain/rehearsal'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { JobHost } from '../../shared/jobs'
import { physicalCores } from '../runtime/devices'
import { freeDisk } from '../runtime/freeDisk'
import { RehearsalCache } from '../store/rehearsalCache'
import type { Home } from '../store/home'
import { answerKey, machineId, StageAnswerSchema, type StageAnswer } from './answers'
import {
  foldRehearsal,
  inMicroBatches,
  memoryOf,
  stepSecondsOf,
  type Findings,
  type Room,
} from './fold'
import { availableMemory, memoryReserve } from './memory'
import { preparedSizes } from './prepared'
import { rehearseStage, TOO_MUCH_MEMORY } from './stageJob'

/** A stage whose step would take longer than this is reckoned, not tried: three of them would be minutes. */
const MOST_STEP_SECONDS = 60
/** Beyond this a stage's process is stuck. */
const STAGE_LIMIT_MS = 20 * 60_000
/** A step blocks its process, which then does not hear that it shall stop; it has nothing to save. */
const CANCEL_GRACE_MS = 200
/** Disk that is left to everything else on it. */
const DISK_RESERVE = 512 << 20

/** Findings that answers are still added to. */
type Gathering = Findings & { readonly answers: Map<number, StageAnswer> }

/** What shall be rehearsed; without `prepare`, all pictures count as still to be prepared. */
export type Question = Pick<RehearsalQuestion, 'config' | 'pictures'> & {
  readonly prepare?: PrepareOptions | null
}

/** What a rehearsal is told besides its question. */
export type RehearsalOptions = {
  /** Try every stage anew, whatever is remembered. */
  readonly again?: boolean
  readonly signal?: AbortSignal
  /** Called with the report so far, before and after each stage that is tried. */
  readonly onProgress?: (rehearsal: Rehearsal) => void
  /** Takes the place of what the machine has free. */
  readonly room?: Partial<Room>
}

/** What this machine has room for now; what everything else on it needs is taken off. */
export function roomNow(home: Home): Room {
  const disk = freeDisk(home.folder)
  return {
    memoryBytes: Math.max(0, availableMemory() - memoryReserve()),
    diskBytes: disk === null ? null : Math.max(0, disk - DISK_RESERVE),
  }
}

/** The report from what is remembered and reckoned alone: at once, without trying anything. */
export function estimateRehearsal(
  home: Home,
  question: Question,
  room: Partial<Room> = {},
): Rehearsal {
  const cache = RehearsalCache.open(home)
  try {
    return foldRehearsal(remembered(home, cache, question, room))
  } finally {
    cache.close()
  }
}

/**
 * Tries each stage of a run, smallest first, in a process of its own, and tells what it takes: what was tried before
 * is remembered, and what cannot fit, or would take too long to try, is reckoned. Rejects with the signal's reason
 * once that is aborted and nothing of it runs any more.
 */
export async function rehearse(
  home: Home,
  jobs: JobHost,
  question: Question,
  { again = false, signal, onProgress, room = {} }: RehearsalOptions = {},
): Promise<Rehearsal> {
  const cache = RehearsalCache.open(home)
  const asked = (config: TrainConfig) => remembered(home, cache, { ...question, config }, room)
  try {
    const known = asked(question.config)
    const findings = again ? { ...known, answers: new Map<number, StageAnswer>() } : known
    const watch = { signal, onProgress: onProgress ?? (() => undefined) }
    await tryStages({ jobs, cache, homeFolder: home.folder }, findings, watch)
    const rehearsal = foldRehearsal(findings)
    onProgress?.(rehearsal)
    if (rehearsal.microBatch === null) return rehearsal
    // A way out that is only reckoned so far.
    const split = asked(inMicroBatches(question.config, rehearsal.microBatch))
    await tryStages({ jobs, cache, homeFolder: home.folder }, split, {
      signal,
      onProgress: () => undefined,
    })
    return foldRehearsal(split).fits ? rehearsal : { ...rehearsal, microBatch: null }
  } finally {
    cache.close()
  }
}

/** Tries what is worth it, smallest stage first, and adds what is found to the answers and the cache. */
async function tryStages(
  { jobs, cache, homeFolder }: { jobs: JobHost; cache: RehearsalCache; homeFolder: string },
  findings: Gathering,
  { signal, onProgress }: { signal: AbortSignal | undefined; onProgress: (r: Rehearsal) => void },
): Promise<void> {
  for (const stage of findings.config.stages.keys()) {
    signal?.throwIfAborted()
    if (!worthTrying(findings, stage)) continue
    onProgress(foldRehearsal({ ...findings, measuring: stage }))
    const answer = await tryStage(jobs, findings, { stage, homeFolder }, signal)
    findings.answers.set(stage, answer)
    if (answer.kind !== 'failed') cache.set(keyOf(findings, stage), answer)
  }
}

/** False for a stage that is known, that would take more memory than there is, or that would take too long. */
function worthTrying(findings: Findings, stage: number): boolean {
  const { answers, room } = findings
  const answer = answers.get(stage)
  if (answer?.kind === 'measured') return false
  // Larger stages take more, whatever is reckoned.
  for (let upTo = 0; upTo <= stage; upTo++) {
    if (memoryOf(findings, upTo) > room.memoryBytes || answers.get(upTo)?.kind === 'failed')
      return false
  }
  return (stepSecondsOf(findings, stage) ?? 0) <= MOST_STEP_SECONDS
}

/** Runs one stage's job. Running out of memory is an answer, not an error. */
async function tryStage(
  jobs: JobHost,
  { config, room, threads }: Findings,
  { stage, homeFolder }: { stage: number; homeFolder: string },
  signal: AbortSignal | undefined,
): Promise<StageAnswer> {
  const mostBytes = room.memoryBytes
  const outcome = await jobs.run(
    rehearseStage,
    { config, stage, threads, homeFolder, mostBytes },
    { timeLimitMs: STAGE_LIMIT_MS, cancelGraceMs: CANCEL_GRACE_MS, ...(signal && { signal }) },
  )
  if (outcome.kind === 'done') return { kind: 'measured', measure: outcome.result }
  if (outcome.kind === 'cancelled') {
    signal?.throwIfAborted()
    throw new Error(outcome.message)
  }
  const exceeded =
    outcome.kind === 'crashed'
      ? outcome.stderr.includes(TOO_MUCH_MEMORY) || outcome.signal === 'SIGKILL'
      : /bad_alloc|allocat|out of memory/i.test(outcome.message)
  if (exceeded) return { kind: 'exceeded', bytes: mostBytes }
  return { kind: 'failed', message: outcome.message, why: outcome.why }
}

function remembered(
  home: Home,
  cache: RehearsalCache,
  { config, pictures, prepare = null }: Question,
  room: Partial<Room>,
): Gathering {
  const threads = config.threads ?? physicalCores()
  const answers = new Map<number, StageAnswer>()
  const preparedFor = preparedSizes(home, prepare)
  const findings = { config, pictures, preparedFor, device: config.device, threads, answers }
  for (const stage of config.stages.keys()) {
    const parsed = v.safeParse(StageAnswerSchema, cache.get(keyOf(findings, stage)))
    if (parsed.success) answers.set(stage, parsed.output)
  }
  return { ...findings, room: { ...roomNow(home), ...room } }
}

function keyOf(
  { config, device, threads }: Pick<Findings, 'config' | 'device' | 'threads'>,
  stage: number,
): string {
  return answerKey(config, stage, { device, threads, machine: machineId() })
}
