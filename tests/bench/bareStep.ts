import { OnnxEngine, type ChooseKernels } from '../../main/runtime/onnx'
import type { InputValues, Session } from '../../main/runtime/engine'
import { sizeOf } from '../../main/runtime/values'
import { initialState, stateSpecs } from '../../main/trainer/networkState'
import { randomStream } from '../../main/trainer/random'
import { trainStepProgram } from '../../main/trainer/step'
import type { StepShape } from '../../main/trainer/stepInputs'
import type { TrainConfig } from '../../shared/domain/trainConfig'

/** A compiled training step with weights of about the right size; blocked convolutions where no kernels are chosen. */
export async function openStep(
  config: TrainConfig,
  shape: StepShape,
  threads: number,
  chooseKernels?: ChooseKernels,
): Promise<Session> {
  const engine = new OnnxEngine({ threads, ...(chooseKernels && { chooseKernels }) })
  const session = await engine.load(trainStepProgram(config, shape))
  const stable = initialState(config, shape.resolution)
  const specs = Object.entries(stateSpecs(config, shape.resolution, shape.phase))
  await session.setState(
    Object.fromEntries(
      specs.map(([name, spec]) => [name, stable[name] ?? small(name, sizeOf(spec.shape))]),
    ),
  )
  return session
}

/** Layers that only a fade has, weakly tied in. */
function small(name: string, size: number): Float32Array {
  if (name.startsWith('adam/')) return new Float32Array(size)
  return randomStream(1, name, 0)
    .normals(size)
    .map((value) => value / 10)
}

/** Made-up inputs of the step's `step`-th call. */
export function inputsOf(
  { loss, latentSize, channels }: TrainConfig,
  { resolution, phase, batch }: StepShape,
  step: number,
): InputValues {
  const random = randomStream(1, 'bench', step)
  return {
    reals: Uint8Array.from(
      { length: batch * resolution * resolution * channels },
      (_, i) => (31 * i + step) % 256,
    ),
    latents: random.normals(batch * latentSize),
    ...(loss === 'wgan-gp' && { mix: random.uniforms(batch) }),
    ...(phase === 'fade' && { alpha: Float32Array.of(0.3) }),
    learningRate: Float32Array.of(1e-3),
    adamStep: Float32Array.of(step),
  }
}
