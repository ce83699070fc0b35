import * as v from 'valibot'
import { DeviceSchema, VerdictSchema, type Device, type Verdict } from '../../shared/domain/device'
import { MachineFile } from './machineFile'

const AnswerSchema = v.object({
  device: DeviceSchema,
  /** Milliseconds since 1970. */
  foundAt: v.number(),
  verdict: VerdictSchema,
})
/** What trying a device found, and when. */
export type DeviceAnswer = v.InferOutput<typeof AnswerSchema>

const AnswersSchema = v.array(AnswerSchema)

/** What trying the devices of one machine found, in the home's `devices.json`. */
export class DeviceAnswers {
  readonly #file: MachineFile<typeof AnswersSchema>

  /** `machine` names the machine and whatever else the answers depend on. */
  constructor(home: { readonly folder: string }, machine: string) {
    this.#file = new MachineFile(home, 'devices.json', machine, AnswersSchema)
  }

  get(device: Device): DeviceAnswer | undefined {
    return this.#file.get()?.find((entry) => entry.device === device)
  }

  set(device: Device, verdict: Verdict): void {
    const others = (this.#file.get() ?? []).filter((entry) => entry.device !== device)
    this.#file.set([...others, { device, foundAt: Date.now(), verdict }])
  }
}
