import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { replaceFile } from '../files/replaceFile'
import { WhenClosingSchema, type WhenClosing } from '../../shared/protocol/shell'

const StoredSchema = v.object({ whenClosing: WhenClosingSchema })

/** What a person wants when they close the window while a run trains, kept in a small file. */
export class ClosingMemory {
  readonly #file: string
  #wanted: WhenClosing

  constructor(file: string) {
    this.#file = file
    this.#wanted = read(file)
  }

  get whenClosing(): WhenClosing {
    return this.#wanted
  }

  /** Keeps the choice for the next time, too; throws one clear line when it cannot be written. */
  remember(wanted: WhenClosing): void {
    this.#wanted = wanted
    try {
      replaceFile(this.#file, JSON.stringify({ whenClosing: wanted }))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${this.#file} could not be written: ${reason}.`, { cause: error })
    }
  }
}

/** A file that is missing or unreadable means that nothing is remembered. */
function read(file: string): WhenClosing {
  try {
    return v.parse(StoredSchema, JSON.parse(readFileSync(file, 'utf8'))).whenClosing
  } catch {
    return 'ask'
  }
}
