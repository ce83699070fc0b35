import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { DeviceSchema, VerdictSchema, type Device, type Verdict } from '../../shared/domain/device'
import { replaceFile } from './replaceFile'

const AnswerSchema = v.object({
  device: DeviceSchema,
  /** Milliseconds since 1970. */
  foundAt: v.number(),
  verdict: VerdictSchema,
})
/** What trying a device found, and when. */
export type DeviceAnswer = v.InferOutput<typeof AnswerSchema>

const FileSchema = v.object({
  version: v.literal(1),
  /** By machine and runtime, then by device. */
  machines: v.record(v.string(), v.array(AnswerSchema)),
})
type File = v.InferOutput<typeof FileSchema>

/** What trying the devices of one machine found, in the home's `devices.json`. */
export class DeviceAnswers {
  readonly #path: string
  readonly #machine: string

  /** `machine` names the machine and whatever else the answers depend on. */
  constructor({ folder }: { readonly folder: string }, machine: string) {
    this.#path = join(folder, 'devices.json')
    this.#machine = machine
  }

  get(device: Device): DeviceAnswer | undefined {
    return this.#read().machines[this.#machine]?.find((entry) => entry.device === device)
  }

  /** Remembers an answer; a process that reads meanwhile sees the old file or the new one. */
  set(device: Device, verdict: Verdict): void {
    const { version, machines } = this.#read()
    const others = (machines[this.#machine] ?? []).filter((entry) => entry.device !== device)
    const entries = [...others, { device, foundAt: Date.now(), verdict }]
    const file: File = { version, machines: { ...machines, [this.#machine]: entries } }
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
