import { existsSync } from 'node:fs'
import { extname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileNameFor } from '../../shared/domain/fileName'

/** The paths that a window may have shown in the system's file manager: the home folder's, and those chosen to save to. */
export class ChosenFiles {
  readonly #home: string
  readonly #chosen = new Set<string>()

  constructor(home: string) {
    this.#home = resolve(home)
  }

  /** Remembers where a person chose to save. */
  add(file: string): void {
    this.#chosen.add(resolve(file))
  }

  /** The file's path; throws when it is none of these. */
  checked(file: string): string {
    const path = resolve(file)
    const inside = relative(this.#home, path)
    const within = inside === '' || (!isAbsolute(inside) && !/^\.\.([\\/]|$)/.test(inside))
    if (within || this.#chosen.has(path)) return path
    throw new Error(`${file} is none of the files that were saved from here.`)
  }
}

/** A name to suggest to a person, from one that may be any text; with `extension`, which is empty for a folder. */
export function suggestion(name: string, extension: string): string {
  if (extension === '') return fileNameFor(name, 'Sprout')
  const end = `.${extension}`
  return fileNameFor(name.endsWith(end) ? name.slice(0, -end.length) : name, 'Sprout') + end
}

/**
 * The path that a person chose, with the extension where they left it out. They were asked before about replacing a file
 * of the name that they gave, not about one that the extension makes of it: then the name gets a number.
 */
export function withExtension(file: string, extension: string): string {
  if (extension === '' || extname(file) !== '') return file
  const named = (number: number) => `${file}${number === 1 ? '' : ` ${number}`}.${extension}`
  let number = 1
  while (existsSync(named(number))) number++
  return named(number)
}

/** Where a save dialog begins: the suggested name in `folder`, whatever the name has in it. */
export function suggestedPath(folder: string, name: string, extension: string): string {
  return join(folder, suggestion(name, extension))
}
