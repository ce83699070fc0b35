import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { tended } from '../tended'

/** What a finished command left behind. */
export type Result = { code: number | null; signal: string | null; stdout: string; stderr: string }

/** One line of `--json` output. */
export type Line = { type: string; [key: string]: unknown }

const CLI = join(__dirname, '../../out/main/cli.cjs')

/** A temporary home folder, removed by `remove`. */
export function temporaryHome(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-test-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts the built command line in a process of its own, which ends with the file's tests. `onLine` hears of each line of JSON as it comes. */
export function startSprout(
  args: readonly string[],
  onLine: (line: Line, child: ChildProcess) => void = () => undefined,
  env: NodeJS.ProcessEnv = process.env,
): { child: ChildProcess; ended: Promise<Result> } {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const child = tended(spawn(process.execPath, [CLI, ...args], { stdio, env }))
  let stdout = ''
  let stderr = ''
  createInterface({ input: child.stdout! }).on('line', (text) => {
    stdout += text + '\n'
    if (text.startsWith('{')) onLine(JSON.parse(text) as Line, child)
  })
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Result>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, ended }
}

/** Runs a command to its end. */
export function sprout(...args: string[]): Promise<Result> {
  return startSprout(args).ended
}

/** The lines of JSON that a command printed. */
export function linesOf(result: Result): Line[] {
  return result.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
}
