import * as v from 'valibot'
import { ConvKernelSchema, type ConvKernel } from '../../shared/domain/convKernel'
import { MachineFile } from './machineFile'

/** By convolution. */
const KernelsSchema = v.record(v.string(), ConvKernelSchema)

/** Which kernels one machine computes convolutions with fastest, in the home's `kernels.json`. */
export class KernelMemory {
  readonly #file: MachineFile<typeof KernelsSchema>

  /** `machine` names the machine and whatever else the times depend on. */
  constructor(home: { readonly folder: string }, machine: string) {
    this.#file = new MachineFile(home, 'kernels.json', machine, KernelsSchema)
  }

  get(key: string): ConvKernel | undefined {
    return this.#file.get()?.[key]
  }

  set(key: string, kernel: ConvKernel): void {
    this.#file.set({ ...this.#file.get(), [key]: kernel })
  }
}
