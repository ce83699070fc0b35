import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const EVERY_MS = 20
/** This machine's loopback, as Linux writes addresses; and no address, which is where a listening socket leads. */
const LOOPBACK = /^(0100007F|0{24}01000000|0{16}FFFF00000100007F)$/i
const NOWHERE = /^0+$/

/** One socket of the internet protocols: which process has it, and where it leads. */
export type Socket = { pid: number; protocol: string; local: string; remote: string }

/** Watches the internet sockets of a process and all below it until it is stopped. Linux only. */
export class SocketWatch {
  readonly #pid: number
  readonly #seen = new Map<string, Socket>()
  readonly #timer: NodeJS.Timeout
  /** How often it has looked, and the most processes that it saw at once. */
  looks = 0
  processes = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  /** What was seen that leads off this machine, or could: all but TCP on the loopback, which the test itself uses. */
  stop(): Socket[] {
    clearInterval(this.#timer)
    return [...this.#seen.values()]
  }

  #look(): void {
    this.looks++
    const family = familyOf(this.#pid)
    this.processes = Math.max(this.processes, family.length)
    const owners = new Map(
      family.flatMap((pid) => inodesOf(pid).map((inode) => [inode, pid] as const)),
    )
    for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6']) {
      for (const { inode, local, remote } of socketsIn(protocol)) {
        const pid = owners.get(inode)
        if (pid === undefined) continue
        const isOwn =
          protocol.startsWith('tcp') &&
          LOOPBACK.test(local) &&
          [LOOPBACK, NOWHERE].some((end) => end.test(remote))
        if (!isOwn) this.#seen.set(`${protocol} ${inode}`, { pid, protocol, local, remote })
      }
    }
  }
}

function familyOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = Number(/^PPid:\s*(\d+)/m.exec(textOf(`/proc/${name}/status`))?.[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const family = [root]
  for (const pid of family) family.push(...(children.get(pid) ?? []))
  return family
}

function inodesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    })
  } catch {
    // It has ended meanwhile.
    return []
  }
}

function socketsIn(protocol: string) {
  const [, ...lines] = textOf(`/proc/net/${protocol}`).trim().split('\n')
  return lines.map((line) => {
    const fields = line.trim().split(/\s+/)
    const address = (field: string | undefined) => field?.split(':')[0] ?? ''
    return { local: address(fields[1]), remote: address(fields[2]), inode: fields[9] ?? '' }
  })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
