import * as tf from '@tensorflow/tfjs-core'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import { Tensor } from 'onnxruntime-node'
import type { InferenceSession } from 'onnxruntime-node'
import { compile } from '../compiler/compile'
import type { Compiled } from '../compiler/compile'
import { CONV_KERNELS, siteKey } from '../compiler/convSites'
import type { ConvKernel, ConvKernels, ConvSite } from '../compiler/convSites'
import { cpuSession } from './onnxSession'
import { leakyRelu } from './ops'
import { sizeOf } from './values'

/** Where choices of kernels are remembered, by {@link tuningKey}. */
export type KernelMemory = {
  get(key: string): ConvKernel | undefined
  set(key: string, kernel: ConvKernel): void
}

/** What the time of a kernel hangs on besides the machine. */
export type TuningConditions = { readonly block: number; readonly threads: number }

/** Timed passes of each kernel, in turns, and the seconds after which no further turn begins. */
const MOST_TURNS = 48
const FEWEST_TURNS = 3
const TURNS_SECONDS = 0.8
/** A kernel that a first pass shows to be this much slower than the fastest is not timed again. */
const HOPELESS = 1.5
/**
 * How much faster than the ordinary one a kernel must be: in a step, maps have to move between its layout and the others',
 * and are not in the cache. At 16 px with 128 maps a lead of 1.2 alone was none in a whole step.
 */
const GAIN = 1.25
/** Winograd's tiles take four times a map's memory; beyond this many bytes of them it is not used. */
const MOST_TILE_BYTES = 64 << 20

/** Names a choice: the convolution, its batch, and under which conditions it was timed. */
export function tuningKey(site: ConvSite, { block, threads }: TuningConditions): string {
  return `${siteKey(site)} x${site.images}, block ${block}, ${threads} threads`
}

/**
 * The fastest kernel of each convolution, of its passes forward and back together: as `memory` has it, else by timing
 * them here (about a second each), which `memory` then has.
 */
export async function tuneKernels(
  sites: readonly ConvSite[],
  on: TuningConditions,
  memory: KernelMemory,
): Promise<ConvKernels> {
  const chosen = new Map<string, ConvKernel>()
  for (const site of sites) {
    const key = tuningKey(site, on)
    const known = memory.get(key)
    const kernel = known ?? (await fastestKernel(site, on))
    if (known === undefined) memory.set(key, kernel)
    chosen.set(siteKey(site), kernel)
  }
  return chosen
}

/** Times the kernels of one convolution by turns; each one's best time counts, as others may use the machine too. */
export async function fastestKernel(site: ConvSite, on: TuningConditions): Promise<ConvKernel> {
  const ordinary: ConvKernel = on.block === 0 ? 'plain' : 'blocked'
  const entrants: Entrant[] = []
  try {
    for (const kernel of candidates(site, on)) entrants.push(await Entrant.enter(site, kernel, on))
    await race(entrants)
  } finally {
    for (const entrant of entrants) await entrant.session.release()
  }
  const score = ({ kernel, best }: Entrant): number => best * (kernel === ordinary ? 1 : GAIN)
  entrants.sort((a, b) => score(a) - score(b))
  return entrants[0]?.kernel ?? ordinary
}

function candidates(site: ConvSite, { block }: TuningConditions): ConvKernel[] {
  const { images, height, width, inputs, outputs } = site
  const tileBytes = 4 * 4 * images * height * width * Math.max(inputs, outputs)
  return CONV_KERNELS.filter((kernel) => {
    if (kernel === 'blocked') return block > 0
    return kernel === 'plain' || tileBytes <= MOST_TILE_BYTES
  })
}

async function race(entrants: readonly Entrant[]): Promise<void> {
  // The first pass also allots memory.
  for (const entrant of entrants) await entrant.run()
  const started = performance.now()
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const fastest = Math.min(...entrants.map(({ best }) => best))
    for (const entrant of entrants)
      if (turn === 0 || entrant.best < HOPELESS * fastest) await entrant.time()
    if (turn + 1 >= FEWEST_TURNS && performance.now() - started > 1000 * TURNS_SECONDS) break
  }
}

/** One kernel of a convolution, compiled. */
class Entrant {
  readonly kernel: ConvKernel
  readonly session: InferenceSession
  readonly #feeds: Readonly<Record<string, Tensor>>
  /** Fewest milliseconds of a pass forward and back. */
  best = Infinity

  private constructor(kernel: ConvKernel, session: InferenceSession, compiled: Compiled) {
    this.kernel = kernel
    this.session = session
    this.#feeds = Object.fromEntries(compiled.inputs.map((port) => [port.onnxName, numbers(port)]))
  }

  static async enter(site: ConvSite, kernel: ConvKernel, on: TuningConditions): Promise<Entrant> {
    const compiled = compiledPasses(site, kernel, on.block)
    return new Entrant(kernel, await cpuSession(compiled.model, on.threads), compiled)
  }

  async run(): Promise<void> {
    await this.session.run(this.#feeds)
  }

  async time(): Promise<void> {
    const started = performance.now()
    await this.run()
    this.best = Math.min(this.best, performance.now() - started)
  }
}

/** A convolution with bias and leaky ReLU as the networks have it, and its gradients in the map and in the filter. */
function compiledPasses(site: ConvSite, kernel: ConvKernel, block: number): Compiled {
  const { images, height, width, inputs, outputs } = site
  return compile(
    ({ x, w, b, dy }) => {
      const layer = (map: tf.Tensor, filter: tf.Tensor) =>
        leakyRelu(tf.add(tf.conv2d(map as Tensor4D, filter as Tensor4D, 1, 'same'), b!), 0.2)
      const [dx, dw] = tf.grads(layer)([x!, w!], dy!)
      return { y: layer(x!, w!), dx: dx!, dw: dw! }
    },
    {
      x: { shape: [images, height, width, inputs] },
      w: { shape: [3, 3, inputs, outputs] },
      b: { shape: [outputs] },
      dy: { shape: [images, height, width, outputs] },
    },
    {
      name: `${kernel} convolution ${siteKey(site)}`,
      block,
      kernels: new Map([[siteKey(site), kernel]]),
      ties: new Map(),
    },
  )
}

/** Numbers of about the size that maps have; none of them so small that a processor slows down. */
function numbers({ dims }: Compiled['inputs'][number]): Tensor {
  const values = Float32Array.from({ length: sizeOf(dims) }, (_, i) => Math.cos(i * 2.4))
  return new Tensor('float32', values, dims)
}
