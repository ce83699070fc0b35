import { familyOf } from './processTimes'

/**
 * Two process trees that run by turns of a few seconds, one standing still while the other runs: whatever a shared
 * machine does in the course of minutes then happens to both. The first one's turn comes first. Linux only.
 */
export class Turns {
  readonly #pids: readonly [number, number]
  readonly #seconds: readonly [number, number]
  /** When each turn began, in ms since the epoch. */
  readonly #begun: number[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `seconds`: how long each one's turns are. */
  constructor(pids: readonly [number, number], seconds: readonly [number, number]) {
    this.#pids = pids
    this.#seconds = seconds
  }

  begin(): void {
    const turn = this.#begun.length % 2
    signal(this.#pids[1 - turn]!, 'SIGSTOP')
    signal(this.#pids[turn]!, 'SIGCONT')
    this.#begun.push(Date.now())
    this.#timer = setTimeout(() => this.begin(), 1000 * this.#seconds[turn]!)
  }

  /** Has both run again. */
  end(): void {
    clearTimeout(this.#timer)
    for (const pid of this.#pids) signal(pid, 'SIGCONT')
  }

  /** Seconds that one of the two had run in its turns until `at`, in ms since the epoch. */
  secondsOf(which: 0 | 1, at: number): number {
    let ms = 0
    this.#begun.forEach((begun, turn) => {
      const ended = Math.min(this.#begun[turn + 1] ?? at, at)
      if (turn % 2 === which) ms += Math.max(0, ended - begun)
    })
    return ms / 1000
  }
}

function signal(root: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const { pid } of familyOf(root)) process.kill(pid, name)
}
