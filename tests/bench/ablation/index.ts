import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { physicalCores } from '../../../main/runtime/devices'
import { median } from '../median'
import { percent } from '../percent'

/**
 * What each optimisation gives: images/s of one training step without it, beside that of the step with all of them, by
 * turns, medians.
 *
 * usage: ablation SIZE LOSS PRESET then pairs of NAME WORKER, the first with all of them
 */
const ROUNDS = 7
const SECONDS = 3

type Timed = { name: string; go(): Promise<number>; end(): void }

async function start(name: string, worker: string, step: readonly string[]): Promise<Timed> {
  const batch = Number(step[0]) >= 64 ? '8' : '16'
  const args = [worker, ...step, batch, `${physicalCores()}`]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  if ((await lines.next()).value !== 'READY') throw new Error(`"${name}" did not start`)
  return {
    name,
    async go() {
      child.stdin!.write(`go ${SECONDS}\n`)
      const { value } = await lines.next()
      return (JSON.parse(value) as { imagesPerSecond: number }).imagesPerSecond
    },
    end: () => child.kill(),
  }
}

/** A variant's share: its stretch stands beside one of the whole step, so that both saw the same machine. */
async function shareOf(whole: Timed, variant: Timed): Promise<number> {
  const all = await whole.go()
  return (await variant.go()) / all
}

async function main(): Promise<void> {
  const [size, loss, preset, ...pairs] = process.argv.slice(2)
  const timed: Timed[] = []
  for (let i = 0; i < pairs.length; i += 2)
    timed.push(await start(pairs[i]!, pairs[i + 1]!, [size!, loss!, preset!]))
  const [whole, ...variants] = timed as [Timed, ...Timed[]]
  const shares = variants.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, variant] of variants.entries()) shares[i]!.push(await shareOf(whole, variant))
  }
  for (const one of timed) one.end()
  console.log(`${size} px, ${loss}, ${preset}, ${physicalCores()} threads\n`)
  console.log('| without | of the whole step’s images/s | lowest and highest of the rounds |')
  console.log('| --- | ---: | ---: |')
  for (const [i, { name }] of variants.entries()) {
    const [low, high] = [Math.min(...shares[i]!), Math.max(...shares[i]!)]
    console.log(
      `| ${name} | ${percent(median(shares[i]!), 0)} | ${percent(low, 0)} – ${percent(high, 0)} |`,
    )
  }
}

void main()
