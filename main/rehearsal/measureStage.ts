import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Engine } from '../runtime/engine'
import { Sampler } from '../trainer/sampler'
import { trainStepProgram } from '../trainer/step'
import { trialInputs, trialState } from '../trainer/trial'
import type { StageMeasure } from './answers'
import { peakMemory } from './memory'
import { hardestSegment } from './segments'
import type { MeasurePhase } from './stageJob'

/** Steps before timing begins: the first ones allot memory. */
const WARM_STEPS = 2
/** A first step of this many seconds is long enough to tell the speed by itself. */
const TELLING_SECONDS = 4
/** Time for timed steps, and how many of them are enough. */
const TIMING_SECONDS = 1.2
const MOST_STEPS = 12

/**
 * Does in this process what training does in a stage, with random pictures: compiles its step, draws samples,
 * takes a few steps and copies the state. The peak is of the whole process, so only a fresh one gives a true
 * figure. Takes about two seconds besides compiling, and more where one step does.
 */
export async function measureStage(
  engine: Engine,
  config: TrainConfig,
  stage: number,
  onPhase: (phase: MeasurePhase) => void = () => undefined,
): Promise<StageMeasure> {
  const segment = hardestSegment(config, stage)
  const inputsAt = trialInputs(config, segment)
  let step = 0

  onPhase('compiling')
  const started = performance.now()
  await using session = await engine.load(trainStepProgram(config, segment))
  const compileSeconds = secondsSince(started)
  await session.setState(trialState(config, segment))
  await using sampler = await Sampler.create(engine, config, segment)
  const timed = async () => {
    const begun = performance.now()
    await session.run([inputsAt(++step)])
    return secondsSince(begun)
  }

  onPhase('warming')
  let seconds = [await timed()]
  if (seconds[0]! < TELLING_SECONDS) {
    for (let i = 1; i < WARM_STEPS; i++) await timed()
    onPhase('timing')
    seconds = []
    const timing = performance.now()
    do seconds.push(await timed())
    while (seconds.length < MOST_STEPS && secondsSince(timing) < TIMING_SECONDS)
  }
  await sampler.setWeights(await session.getState())
  await sampler.draw(new Float32Array(config.latentSize), 0.5)
  return {
    compileSeconds,
    stepSeconds: medianOf(seconds),
    steps: seconds.length,
    peakBytes: peakMemory(),
  }
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
