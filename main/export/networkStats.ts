import { explained } from '../../shared/domain/explanation'
import type { NetworkStats, Numbers } from '../../shared/domain/networkStats'
import { activationProgram } from '../trainer/activations'
import { shapeOf } from '../trainer/checkpoint'
import { randomStream } from '../trainer/random'
import type { Engine, Values } from '../runtime/engine'
import type { RunFile } from '../store/runFile'

const BINS = 32
/** Latents that activations are looked at with, and fewer where maps are large. */
const LATENTS = 8
const LARGE_RESOLUTION = 64

/**
 * What a run's newest intact checkpoint holds: its networks' tensors, and what comes out of the generator's blocks on
 * latents that follow from the run's seed. Throws when there is no checkpoint yet.
 */
export async function networkStats(run: RunFile, engine: Engine): Promise<NetworkStats> {
  const { checkpoint } = run.loadNewestGoodCheckpoint()
  if (checkpoint === null) {
    throw explained('no_checkpoint_to_look', {})
  }
  const { info, tensors } = checkpoint
  const looked = [...tensors].filter(([name]) =>
    /^(generator|discriminator)\/|^average\/.*\/(mean|variance)$/.test(name),
  )
  const averages = [...tensors].filter(([name]) => name.startsWith('average/'))
  const state = Object.fromEntries(averages.map(([name, { values }]) => [name, values]))
  return {
    imagesSeen: info.imagesSeen,
    tensors: looked.map(([name, { shape, values }]) => ({
      name,
      shape: [...shape],
      numbers: numbersOf(values),
    })),
    activations: await activationsOf(run, engine, info.imagesSeen, state),
  }
}

async function activationsOf(
  { config }: RunFile,
  engine: Engine,
  imagesSeen: number,
  state: Values,
) {
  const shape = shapeOf(config, { imagesSeen })
  const count = shape.resolution > LARGE_RESOLUTION ? 1 : LATENTS
  await using session = await engine.load(activationProgram(config, shape, count))
  await session.setState(state)
  const { classes } = config
  const latents = randomStream(config.seed, 'activations', 0).normals(count * config.latentSize)
  const first = Float32Array.from({ length: count * (classes?.length ?? 0) }, (_, i) =>
    i % (classes?.length ?? 1) === 0 ? 1 : 0,
  )
  const [outputs] = await session.run([
    {
      latents,
      ...(classes !== null && { labels: first }),
      ...(shape.phase === 'fade' && { alpha: Float32Array.of(shape.alpha) }),
    },
  ])
  return Object.entries(outputs!).map(([block, values]) => ({ block, numbers: numbersOf(values) }))
}

/** Mean, standard deviation, ends and a histogram of at least one value. */
export function numbersOf(values: ArrayLike<number>): Numbers {
  let [low, high, sum, squares] = [Infinity, -Infinity, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    low = Math.min(low, value)
    high = Math.max(high, value)
    sum += value
  }
  const mean = sum / values.length
  const bins = Array<number>(BINS).fill(0)
  const scale = high > low ? BINS / (high - low) : 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    squares += (value - mean) ** 2
    bins[Math.min(BINS - 1, Math.floor((value - low) * scale))]!++
  }
  const deviation = Math.sqrt(squares / values.length)
  return { count: values.length, mean, deviation, low, high, bins }
}
