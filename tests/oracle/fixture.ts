import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { trainConfigFor } from '../../shared/domain/presets'
import type {
  Augmentation,
  GeneratorNorm,
  LossName,
  TrainConfig,
} from '../../shared/domain/trainConfig'
import type { Resolution } from '../../shared/domain/resolution'
import type { InputValues, Values } from '../../main/runtime/engine'
import { stateSpecs } from '../../main/trainer/networkState'
import {
  discriminatorParameters,
  equalisedScale,
  generatorParameters,
} from '../../main/trainer/parameters'
import type { StepShape } from '../../main/trainer/stepInputs'
import { sizeOf } from '../../main/runtime/values'

/** From the project's folder, where tests and the programs that they start run. */
const FOLDER = resolve('tests/oracle/fixtures')

/** What `reference.py` wrote beside the numbers. */
type About = StepShape & {
  loss: LossName
  channels: 1 | 3 | 4
  steps: number
  latentSize: number
  fmapMax: number
  fmapBase: number
  minibatchGroup: number
  learningRate: number
  classes?: number
  augment?: Augmentation[]
  generatorNorm?: GeneratorNorm
  criticSteps?: number
  /** Adam's, where they are not the paper's. */
  betas?: [beta1: number, beta2: number]
  tensors: Record<string, [at: number, size: number]>
}

/** One case of the PyTorch reference: what it began with and what came out. */
export class Fixture {
  readonly name: string
  readonly about: About
  readonly config: TrainConfig
  readonly #floats: Float32Array
  readonly #pixels: Uint8Array
  readonly #scales = new Map<string, number>()

  constructor(name: string) {
    this.name = name
    this.about = JSON.parse(readFileSync(resolve(FOLDER, `${name}.json`), 'utf8')) as About
    const bytes = readFileSync(resolve(FOLDER, `${name}.f32`))
    this.#floats = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    )
    this.#pixels = readFileSync(resolve(FOLDER, `${name}.u8`))
    const { loss, channels, latentSize, fmapMax, fmapBase, minibatchGroup, resolution } = this.about
    const choices = { seed: 1, channels, preset: 'tiny', loss, firstResolution: 4 } as const
    const usual = trainConfigFor({ ...choices, finalResolution: resolution as Resolution })
    const [beta1, beta2] = this.about.betas ?? [usual.adam.beta1, usual.adam.beta2]
    this.config = {
      ...usual,
      adam: { ...usual.adam, beta1, beta2 },
      generatorNorm: this.about.generatorNorm ?? 'pixel',
      criticSteps: this.about.criticSteps ?? 1,
      latentSize,
      fmapMax,
      fmapBase,
      minibatchGroup,
      augment: this.about.augment ?? [],
      classes: this.about.classes ? Array.from({ length: this.about.classes }, String) : null,
    }
    const { phase } = this.about
    const networks = {
      generator: generatorParameters(this.config, resolution, phase),
      discriminator: discriminatorParameters(this.config, resolution, phase),
    }
    for (const [network, specs] of Object.entries(networks)) {
      for (const spec of specs) this.#scales.set(`${network}/${spec.name}`, equalisedScale(spec))
    }
  }

  /** Names of the stored tensors that begin with `prefix`, without it. */
  names(prefix: string): string[] {
    const names = Object.keys(this.about.tensors).filter((name) => name.startsWith(prefix))
    return names.map((name) => name.slice(prefix.length))
  }

  values(name: string): Float32Array {
    const [at, size] = this.about.tensors[name]!
    return this.#floats.subarray(at, at + size)
  }

  has(name: string): boolean {
    return name in this.about.tensors
  }

  /** The reference's first weights and statistics with fresh moments, and the moving average at the weights. */
  state(): Values {
    const specs = stateSpecs(this.config, this.about.resolution, this.about.phase)
    const state: Record<string, Float32Array> = {}
    for (const [name, { shape }] of Object.entries(specs)) {
      const stored = this.has(name) ? name : name.replace('average/', 'generator/')
      state[name] = name.startsWith('adam/')
        ? new Float32Array(sizeOf(shape))
        : this.values(stored).map((value) => value * this.scale(stored))
    }
    return state
  }

  /**
   * What the reference multiplies this weight by when it acts, with the quarter of a box average that follows; Sprout
   * keeps the product. Named by network and
   * parameter, `generator/...`, `average/...` or `discriminator/...`; 1 for running statistics.
   */
  scale(name: string): number {
    if (/^average\/.*\/(mean|variance)$/.test(name)) return 1
    const scale = this.#scales.get(name.replace('average/', 'generator/'))
    if (scale === undefined) throw new Error(`${this.name}: there is no weight "${name}"`)
    return scale
  }

  /** The inputs that both the step and the gradients take, at step `i` from 0. */
  inputs(i: number): InputValues {
    const { loss, phase, steps } = this.about
    const part = <T extends Float32Array | Uint8Array>(all: T): T => {
      const size = all.length / steps
      return all.slice(i * size, (i + 1) * size) as T
    }
    return {
      reals: part(Uint8Array.from(this.#pixels)),
      latents: part(this.values('input/latents')),
      ...(loss === 'wgan-gp' && { mix: part(this.values('input/mix')) }),
      ...(this.about.classes && { labels: part(this.values('input/labels')) }),
      ...Object.fromEntries(
        this.names('input/')
          .filter((name) => name.includes('/'))
          .map((name) => [name, part(this.values(`input/${name}`))]),
      ),
      ...(phase === 'fade' && { alpha: part(this.values('input/alpha')) }),
    }
  }
}

/** Whether the fixture has gradients, which are of one update of the discriminator. */
export function hasGradients({ about }: Fixture): boolean {
  return about.criticSteps === undefined
}

/** All stored cases. */
export function fixtures(): Fixture[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'))
  return files.map((file) => new Fixture(file.slice(0, -'.json'.length)))
}
