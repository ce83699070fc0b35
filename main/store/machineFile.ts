import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { replaceFile } from '../files/replaceFile'

/** A JSON file in the home folder with what each machine that the home was on found out about itself. */
export class MachineFile<S extends v.GenericSchema> {
  readonly #path: string
  readonly #machine: string
  readonly #schema: S

  /** `machine` names the machine and whatever else depends on; `schema` is of what is known of one. */
  constructor({ folder }: { readonly folder: string }, name: string, machine: string, schema: S) {
    this.#path = join(folder, name)
    this.#machine = machine
    this.#schema = schema
  }

  /** What is known of this machine; undefined before anything is. */
  get(): v.InferOutput<S> | undefined {
    return this.#read()[this.#machine]
  }

  /**
   * Replaces what is known of this machine; a process that reads meanwhile sees the old file or the new one. Where it
   * cannot be written, as on a full disk, it is found out again another time.
   */
  set(known: v.InferOutput<S>): void {
    const file = { version: 1, machines: { ...this.#read(), [this.#machine]: known } }
    try {
      replaceFile(this.#path, JSON.stringify(file, null, 2) + '\n')
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
    }
  }

  /** By machine. A file that is missing, damaged or of another Sprout holds nothing: only time is lost. */
  #read(): Record<string, v.InferOutput<S>> {
    const schema = v.object({ version: v.literal(1), machines: v.record(v.string(), this.#schema) })
    try {
      return v.parse(schema, JSON.parse(readFileSync(this.#path, 'utf8'))).machines
    } catch {
      return {}
    }
  }
}
