import { spawn } from 'node:child_process'

/** Of what a command printed, so much is kept, from the end. */
const OUTPUT_CHARACTERS = 20_000

/** A command that could not be started or did not succeed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** Whether the program does not exist. */
  readonly missing: boolean
  /** The end of what it printed. */
  readonly output: string

  constructor(message: string, { missing = false, output = '' } = {}) {
    super(message)
    this.missing = missing
    this.output = output
  }
}

/** How a command is run; an aborted one is ended with all that it started. */
export type CommandOptions = {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * Runs a command to its end and answers what it printed to its standard output. Throws a {@link CommandError} whose
 * message ends in the last line that it wrote, or the signal's reason.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: CommandOptions,
): Promise<string> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    // A process group of its own, so that compilers and downloads below it end with it.
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let stdout = ''
    let all = ''
    const keep = (text: string, chunk: Buffer) =>
      (text + chunk.toString()).slice(-OUTPUT_CHARACTERS)
    child.stdout.on('data', (chunk: Buffer) => {
      stdout = keep(stdout, chunk)
      all = keep(all, chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => (all = keep(all, chunk)))
    const end = () => {
      if (child.pid !== undefined) endGroup(child.pid)
    }
    const forget = () => {
      signal.removeEventListener('abort', end)
      process.off('exit', end)
    }
    signal.addEventListener('abort', end, { once: true })
    process.on('exit', end)
    child.on('error', (error: NodeJS.ErrnoException) => {
      forget()
      reject(
        new CommandError(`${command} does not start: ${error.message}`, {
          missing: error.code === 'ENOENT',
        }),
      )
    })
    child.on('close', (code, killedBy) => {
      forget()
      if (signal.aborted) reject(signal.reason as Error)
      else if (code === 0) resolve(stdout)
      else {
        const lastWords = all.trim().split('\n').at(-1)?.trim() ?? ''
        const how = killedBy === null ? `exit code ${code}` : killedBy
        reject(new CommandError(`${command} failed (${how}): ${lastWords}`, { output: all }))
      }
    })
  })
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended by itself.
  }
}
