import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { ConvKernelSchema, type ConvKernel } from '../../shared/domain/convKernel'
import { replaceFile } from './replaceFile'

const FileSchema = v.object({
  version: v.literal(1),
  /** By machine and runtime, then by convolution. */
  machines: v.record(v.string(), v.record(v.string(), ConvKernelSchema)),
})
type File = v.InferOutput<typeof FileSchema>

/** Which kernels one machine computes convolutions with fastest, in the home's `kernels.json`. */
export class KernelMemory {
  readonly #path: string
  readonly #machine: string

  /** `machine` names the machine and whatever else the times depend on. */
  constructor({ folder }: { readonly folder: string }, machine: string) {
    this.#path = join(folder, 'kernels.json')
    this.#machine = machine
  }

  get(key: string): ConvKernel | undefined {
    return this.#read().machines[this.#machine]?.[key]
  }

  set(key: string, kernel: ConvKernel): void {
    const { version, machines } = this.#read()
    const known = { ...machines[this.#machine], [key]: kernel }
    const file: File = { version, machines: { ...machines, [this.#machine]: known } }
    replaceFile(this.#path, JSON.stringify(file, null, 2) + '\n')
  }

  /** A file that is missing, damaged or of another Sprout holds nothing: only time is lost. */
  #read(): File {
    try {
      return v.parse(FileSchema, JSON.parse(readFileSync(this.#path, 'utf8')))
    } catch {
      return { version: 1, machines: {} }
    }
  }
}
