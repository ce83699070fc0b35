import type { ConvKernel } from '../../shared/domain/convKernel'
import { tuneKernels, type KernelMemory } from '../runtime/kernelTuner'
import type { ChooseKernels } from '../runtime/onnx'
import type { Training } from './training'

/**
 * The kernels of a run's convolutions: those that the run was trained with before, whichever machine chose them, since
 * others would round otherwise; for what is new the machine's fastest, which are then written into the run.
 */
export function runKernels(
  { run, journal }: Pick<Training, 'run' | 'journal'>,
  machine: KernelMemory,
): ChooseKernels {
  return async (sites, on) => {
    const before = run.kernels()
    const added: Record<string, ConvKernel> = {}
    const kernels = await tuneKernels(sites, on, {
      get(key) {
        const kernel = before[key] ?? machine.get(key)
        if (kernel !== undefined && before[key] === undefined) added[key] = kernel
        return kernel
      },
      set(key, kernel) {
        machine.set(key, kernel)
        added[key] = kernel
      },
    })
    if (Object.keys(added).length > 0) {
      const { imagesSeen } = run.summary()
      await journal.record({ kind: 'kernels', imagesSeen, kernels: added })
    }
    return kernels
  }
}
