import * as tf from '@tensorflow/tfjs-core'
import type { Verdict } from '../../shared/domain/device'
import { trainConfigFor } from '../../shared/domain/presets'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { JobHandler } from '../../shared/jobs'
import { segmentsOf, type Segment } from '../../shared/schedule'
import type { Engine, InputValues, Program, Session } from '../runtime/engine'
import { errorInWords } from '../trainer/checkDevice'
import { compareSteps, firstSteps } from '../trainer/compareSteps'
import { engineFor } from '../trainer/engineFor'
import { trainStepProgram } from '../trainer/step'
import type { probeDevice } from './probeJob'

/** A device that takes longer for a small step is not tried with a larger one. */
const SLOW_STEP_SECONDS = 1
const TIMED_STEPS = 5
const TIMING_SECONDS = 1

type Trial = { readonly config: TrainConfig; readonly segment: Segment }
type Found = Extract<Verdict, { kind: 'works' | 'wrong' }>

/** Tries a device with one or two train steps; see {@link probeDevice}. */
export const handleProbeDevice: JobHandler<typeof probeDevice> = async (
  { device, threads },
  { onProgress },
) => {
  onProgress('looking')
  const cpu = engineFor({ device: 'cpu', threads })
  let engine: Engine
  try {
    engine = engineFor({ device, threads })
    await touch(engine)
  } catch (error) {
    return { kind: 'absent', message: messageOf(error) }
  }
  try {
    onProgress('small step')
    const small = await tryStep(cpu, engine, 'small')
    const slow = small.kind === 'works' && small.imagesPerSecond < BATCH / SLOW_STEP_SECONDS
    if (small.kind === 'wrong' || slow) return small
    onProgress('standard step')
    return await tryStep(cpu, engine, 'standard')
  } catch (error) {
    return { kind: 'refused', message: messageOf(error) }
  }
}

const BATCH = 4

/** The standard step: 8 px in the middle of its fade, WGAN-GP, of the smallest preset; the small one: 4 px, 8 maps. */
function trialOf(step: 'small' | 'standard'): Trial {
  const standard = step === 'standard'
  const preset = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: standard ? 8 : 4,
    loss: standard ? 'wgan-gp' : 'logistic',
  })
  const config = {
    ...preset,
    ...(!standard && { fmapMax: 8, fmapBase: 32, latentSize: 8 }),
    stages: preset.stages.map((stage) => ({ ...stage, batch: BATCH })),
  }
  const segment = segmentsOf(config).find(({ phase }) => phase === (standard ? 'fade' : 'stable'))
  return { config, segment: segment! }
}

async function tryStep(cpu: Engine, engine: Engine, step: 'small' | 'standard'): Promise<Found> {
  const { config, segment } = trialOf(step)
  const program = trainStepProgram(config, segment)
  await using reference = await cpu.load(program)
  await using subject = await engine.load(program)
  const { tensor, error, tolerance } = await compareSteps(reference, subject, config, segment)
  if (!(error <= tolerance)) {
    return {
      kind: 'wrong',
      tensor,
      error: Number.isFinite(error) ? error : null,
      message: `${tensor} differs from the CPU's ${errorInWords(error)}`,
    }
  }
  const inputs = firstSteps(config, segment, 1)
  const imagesPerSecond = await speedOf(subject, inputs)
  const cpuImagesPerSecond = await speedOf(reference, inputs)
  return { kind: 'works', step, imagesPerSecond, cpuImagesPerSecond, error }
}

/** Images a second over some steps, the fastest step telling: others wait for what else the machine does. */
async function speedOf(session: Session, inputs: InputValues[]): Promise<number> {
  let best = Infinity
  const started = performance.now()
  for (let i = 0; i < TIMED_STEPS; i++) {
    const begun = performance.now()
    await session.run(inputs)
    best = Math.min(best, (performance.now() - begun) / 1000)
    if (performance.now() - started > 1000 * TIMING_SECONDS) break
  }
  return BATCH / best
}

/** Computes next to nothing; throws where the device is not there. */
async function touch(engine: Engine): Promise<void> {
  const program: Program = {
    name: 'touch',
    state: {},
    inputs: { x: { shape: [4] } },
    run: (_state, { x }) => ({ state: {}, outputs: { y: tf.add(x!, 1) } }),
  }
  await using session = await engine.load(program)
  await session.run([{ x: new Float32Array(4) }])
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\s*\n\s*/g, ' ').trim()
}
