import type { Command } from 'commander'

/** Where the home is and how to print; every command gets one. */
export type Context = { readonly home: string; readonly output: Output }

/** The context that the program's options tell `command`. */
export function contextOf(command: Command): Context {
  const { home, json } = command.optsWithGlobals<{ home: string; json: boolean }>()
  return { home, output: new Output(json) }
}

/** Prints for people, or one JSON object a line for programs. */
export class Output {
  readonly json: boolean
  #open = false

  constructor(json: boolean) {
    this.json = json
  }

  /** One result: `value` as a line of JSON, or `text` for a person. */
  line(value: object, text: string): void {
    this.#endProgress()
    process.stdout.write((this.json ? JSON.stringify(value) : printable(text)) + '\n')
  }

  /** Passing progress: JSON as a line, else written over on a terminal and left out elsewhere. */
  progress(value: object, text: string): void {
    if (this.json) process.stdout.write(JSON.stringify(value) + '\n')
    else if (process.stdout.isTTY) {
      process.stdout.write(`\r\u001b[2K${printable(text).replaceAll('\n', ' ')}`)
      this.#open = true
    }
  }

  #endProgress(): void {
    if (this.#open) process.stdout.write('\n')
    this.#open = false
  }
}

/**
 * A text for a terminal: names of files and runs may hold what a terminal would obey, such as the beginning of an escape
 * sequence or a turn of the writing direction.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

/** Bytes of memory for a person: `850 MiB`, `2.4 GiB`. */
export function memory(bytes: number): string {
  const mebibytes = bytes / (1 << 20)
  return mebibytes < 1000 ? `${mebibytes.toFixed(0)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`
}
