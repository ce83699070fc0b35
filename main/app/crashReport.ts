import { arch, cpus, freemem, platform, release, totalmem } from 'node:os'
import type { WorkerEnd } from './workerProcess'

/** One end of a worker that nobody asked for. */
export type Death = { at: number; end: WorkerEnd }

/** What a report says besides the deaths themselves. */
export type About = { version: string; electron: string }

/**
 * A text about crashes that a person may send to somebody: `full` has all that is known, `plain` none of the names of
 * files and folders.
 */
export function crashReport(
  deaths: readonly Death[],
  about: About,
): { plain: string; full: string } {
  const mebibytes = (bytes: number) => `${Math.round(bytes / (1 << 20))} MiB`
  const full = [
    `Sprout ${about.version}, Electron ${about.electron}, ${platform()} ${release()} ${arch()}`,
    `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${mebibytes(freemem())} of ${mebibytes(totalmem())} free`,
    ...deaths.flatMap(({ at, end }) => [
      '',
      new Date(at).toISOString(),
      end.message,
      ...(end.lastWords === '' ? [] : [end.lastWords]),
    ]),
  ].join('\n')
  return { full, plain: withoutNames(full) }
}

/** The text with every path, and every name that looks like a file's, taken out. */
export function withoutNames(text: string): string {
  // Names may have spaces in them, so all that could belong to one goes, to the end of its line or bracket.
  return text
    .replace(/(['"“`])[^'"”`\n]*[\\/.][^'"”`\n]*['"”`]/g, '<path>')
    .replace(/(?:file:|(?<![\w<])(?:[A-Za-z]:)?[\\/](?=\S))[^\n)]*/g, '<path>')
    .replace(/[^\n]*\.(?:png|jpe?g|webp|gif|avif|tiff?|sqlite|sprout)\b[^\n]*/gi, '<file>')
}
