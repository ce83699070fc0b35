import type { Rehearsal, StageFit, StageRehearsal } from '../../shared/domain/rehearsal'
import { largestMicroBatch } from '../../shared/domain/minibatchGroup'
import type { Resolution } from '../../shared/domain/resolution'
import { imagesOfStep } from '../../shared/schedule'
import { FMAP_MAX, trainConfigFor } from '../../shared/domain/presets'
import { PRESETS, type Preset, type TrainConfig } from '../../shared/domain/trainConfig'
import { LEVEL_MEMORY_BYTES } from '../store/level'
import type { StageAnswer } from './answers'
import { formulaMemory, multiplications } from './costs'
import { datasetBytes, runBytes, segmentsToTrain } from './disk'
import { hardestSegment } from './segments'

/** What a machine has room for, in bytes. */
export type Room = { readonly memoryBytes: number; readonly diskBytes: number | null }

/** All that a rehearsal's report follows from. */
export type Findings = {
  readonly config: TrainConfig
  /** What was found so far, by stage. */
  readonly answers: ReadonlyMap<number, StageAnswer>
  readonly room: Room
  /** Pictures that it trains with; null when not known. */
  readonly pictures: number | null
  /** Final sizes for which they are prepared already. */
  readonly preparedFor?: ReadonlySet<Resolution>
  readonly device: string
  readonly threads: number
  readonly measuring?: number | null
}

/** A measured stage corrects the formula for others by at most this factor, either way. */
const MOST_CORRECTION = 2

/** The report on a run from what is known; whatever is not, is reckoned. Pure. */
export function foldRehearsal(findings: Findings): Rehearsal {
  const { config, room, device, threads, measuring = null } = findings
  const stages = config.stages.map((_, stage) => rehearsalOf(findings, stage))
  const firstMisfit = stages.findIndex(({ fit }) => fit.kind !== 'fits')
  const fits = firstMisfit < 0
  const last = stages.length - 1
  const fitting = fits ? last : firstMisfit - 1
  return {
    device,
    threads,
    stages,
    measuring,
    seconds: stages.reduce<number | null>(
      (sum, { seconds }) => (sum === null || seconds === null ? null : sum + seconds),
      0,
    ),
    memoryBytes: Math.max(...stages.map(({ memoryBytes }) => memoryBytes)),
    memoryRoomBytes: room.memoryBytes,
    runBytes: runBytesUpTo(findings, last),
    dataBytes: dataBytesUpTo(findings, last),
    diskRoomBytes: room.diskBytes,
    fits,
    largestFitting: stages[fitting]?.resolution ?? null,
    smaller: fits ? null : smallerThatFits(findings),
    microBatch: fits ? null : microBatchThatFits(findings),
  }
}

/** Peak memory of a stage: as measured, else the formula's, corrected by the nearest stage that was measured. */
export function memoryOf(
  { config, answers, pictures }: Pick<Findings, 'config' | 'answers' | 'pictures'>,
  stage: number,
): number {
  const held = heldPictures(config, stage, pictures)
  const answer = answers.get(stage)
  if (answer?.kind === 'measured') return answer.measure.peakBytes + held
  const near = nearestMeasured(answers, stage)
  const correction = near === null ? 1 : near.measure.peakBytes / formulaOf(config, near.stage)
  const bounded = Math.min(MOST_CORRECTION, Math.max(1 / MOST_CORRECTION, correction))
  const estimate = bounded * formulaOf(config, stage)
  return Math.ceil(answer?.kind === 'exceeded' ? Math.max(estimate, answer.bytes) : estimate) + held
}

/** Seconds of a step: as measured, else by the multiplications of the nearest stage that was; null when none was. */
export function stepSecondsOf(
  { config, answers }: Pick<Findings, 'config' | 'answers'>,
  stage: number,
): number | null {
  const near = nearestMeasured(answers, stage)
  if (near === null) return null
  return (near.measure.stepSeconds * workOf(config, stage)) / workOf(config, near.stage)
}

function rehearsalOf(findings: Findings, stage: number): StageRehearsal {
  const { config, answers } = findings
  const { resolution, batch, microBatch } = config.stages[stage]!
  const step = stepSecondsOf(findings, stage)
  return {
    stage,
    resolution,
    batch,
    microBatch,
    basis: answers.get(stage)?.kind === 'measured' ? 'measured' : 'estimated',
    imagesPerSecond: step === null ? null : imagesOfStep(config, { batch }) / step,
    seconds: step === null ? null : stageSeconds(findings, stage, step),
    memoryBytes: memoryOf(findings, stage),
    diskBytes:
      runBytesUpTo(findings, stage) - (stage === 0 ? 0 : runBytesUpTo(findings, stage - 1)),
    fit: fitOf(findings, stage),
  }
}

/** A stage's steps, and building its networks at the beginning of each of its phases. */
function stageSeconds({ config, answers }: Findings, stage: number, stepSeconds: number): number {
  const { compileSeconds } = nearestMeasured(answers, stage)!.measure
  return segmentsToTrain(config)
    .filter((segment) => segment.stage === stage)
    .reduce((sum, segment) => {
      const steps = (segment.end - segment.start) / imagesOfStep(config, segment)
      return sum + compileSeconds + steps * stepSeconds
    }, 0)
}

function fitOf(findings: Findings, stage: number): StageFit {
  const { answers, room } = findings
  const answer = answers.get(stage)
  if (answer?.kind === 'failed') return answer
  const neededBytes = memoryOf(findings, stage)
  if (neededBytes > room.memoryBytes) {
    const exceeded = answer?.kind === 'exceeded'
    return { kind: 'memory', neededBytes, roomBytes: room.memoryBytes, exceeded }
  }
  const diskBytes = runBytesUpTo(findings, stage) + dataBytesUpTo(findings, stage)
  if (room.diskBytes !== null && diskBytes > room.diskBytes) {
    return { kind: 'disk', neededBytes: diskBytes, roomBytes: room.diskBytes }
  }
  return { kind: 'fits' }
}

function runBytesUpTo(findings: Findings, stage: number): number {
  let seconds: number | null = 0
  for (let upTo = 0; upTo <= stage && seconds !== null; upTo++) {
    const step = stepSecondsOf(findings, upTo)
    seconds = step === null ? null : seconds + stageSeconds(findings, upTo, step)
  }
  return runBytes(findings.config, stage, seconds)
}

/** Bytes of pictures that are still to be prepared for a run up to a stage. */
function dataBytesUpTo({ config, pictures, preparedFor }: Findings, stage: number): number {
  const { resolution } = config.stages[stage]!
  if (pictures === null || preparedFor?.has(resolution)) return 0
  return datasetBytes(pictures, resolution, config.channels)
}

/** What the pictures of a stage take in memory when they are held there. */
function heldPictures(config: TrainConfig, stage: number, pictures: number | null): number {
  const bytes = (pictures ?? 0) * config.channels * config.stages[stage]!.resolution ** 2
  return bytes <= LEVEL_MEMORY_BYTES ? bytes : 0
}

function formulaOf(config: TrainConfig, stage: number): number {
  const { batch, microBatch } = config.stages[stage]!
  return formulaMemory(config, hardestSegment(config, stage), microBatch ?? batch)
}

function workOf(config: TrainConfig, stage: number): number {
  const { resolution, batch } = config.stages[stage]!
  return batch * multiplications(config, resolution)
}

function nearestMeasured(answers: Findings['answers'], stage: number) {
  let nearest: {
    stage: number
    measure: Extract<StageAnswer, { kind: 'measured' }>['measure']
  } | null = null
  for (const [at, answer] of answers) {
    if (answer.kind !== 'measured') continue
    if (nearest === null || Math.abs(at - stage) < Math.abs(nearest.stage - stage)) {
      nearest = { stage: at, measure: answer.measure }
    }
  }
  return nearest
}

/** The largest smaller preset that fits at the wanted size, else the one that grows largest. */
function smallerThatFits(findings: Findings): Rehearsal['smaller'] {
  let best: Rehearsal['smaller'] = null
  for (const preset of [...PRESETS].reverse()) {
    if (FMAP_MAX[preset] >= findings.config.fmapMax) continue
    const config = withPreset(findings.config, preset)
    const resolution = largestReckoned({ ...findings, config, answers: new Map() })
    if (resolution !== null && (best === null || resolution > best.resolution)) {
      best = { preset, resolution }
    }
  }
  return best
}

/** The same settings with a preset's networks and, where they are smaller, its batches. */
function withPreset(config: TrainConfig, preset: Preset): TrainConfig {
  const { channels, seed, stages } = config
  const [first, last] = [stages[0]!.resolution, stages.at(-1)!.resolution]
  const firstResolution = first === 8 ? 8 : 4
  const usual = trainConfigFor({ seed, channels, preset, firstResolution, finalResolution: last })
  const { fmapMax, fmapBase, latentSize } = usual
  const plans = stages.map((plan) => {
    const batch = usual.stages.find(({ resolution }) => resolution === plan.resolution)?.batch
    return batch === undefined || batch >= plan.batch ? plan : { ...plan, batch, microBatch: null }
  })
  return { ...config, preset, fmapMax, fmapBase, latentSize, stages: plans }
}

/** The same settings with at most so many images gone through at a time. */
export function inMicroBatches(config: TrainConfig, most: number): TrainConfig {
  const stages = config.stages.map((plan) => {
    const { batch, microBatch } = plan
    if ((microBatch ?? batch) <= most) return plan
    return { ...plan, microBatch: largestMicroBatch(most, batch, config.minibatchGroup) }
  })
  return { ...config, stages }
}

/** The most images at a time for which all stages fit; null when even the fewest do not help. */
function microBatchThatFits(findings: Findings): number | null {
  const { config, answers } = findings
  // Batch normalisation takes whole batches.
  if (config.generatorNorm === 'batch') return null
  const sizeOf = ({ batch, microBatch }: TrainConfig['stages'][number]) => microBatch ?? batch
  let most = Math.max(...config.stages.map(sizeOf))
  while (most > 1) {
    most >>= 1
    const split = inMicroBatches(config, most)
    const same = [...answers].filter(
      ([stage]) => sizeOf(split.stages[stage]!) === sizeOf(config.stages[stage]!),
    )
    if (misfitOf({ ...findings, config: split, answers: new Map(same) }) < 0) return most
  }
  return null
}

/** The largest size that fits by the formula alone. */
function largestReckoned(findings: Findings): Resolution | null {
  const { stages } = findings.config
  const misfit = misfitOf(findings)
  return stages[misfit < 0 ? stages.length - 1 : misfit - 1]?.resolution ?? null
}

/** The first stage that does not fit; -1 when all do. */
function misfitOf(findings: Findings): number {
  return findings.config.stages.findIndex((_, stage) => fitOf(findings, stage).kind !== 'fits')
}
