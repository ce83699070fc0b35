import type { NetworkBlock } from '../../shared/domain/networkPlan'
import type { NetworkStats, Numbers } from '../../shared/domain/networkStats'
import type { Library } from '../bridge'
import { errorWords } from './problemWords'

/** A tensor of a block, or what comes out of it, as a row of a table. */
export type BlockRow = { name: string; shape: readonly number[]; numbers: Numbers }

/** What a layer may have, in the order that it works; running statistics are among the generator's averages. */
const PARTS = [
  ['weight', false],
  ['bias', false],
  ['mean', true],
  ['variance', true],
  ['scale', false],
  ['shift', false],
] as const

/** What is known of a block, in the order that data goes through it; `output` names what comes out of it. */
export function blockRows(block: NetworkBlock, stats: NetworkStats, output: string): BlockRow[] {
  const { network, layers, name, kind } = block
  const rows = layers.flatMap((layer) =>
    PARTS.flatMap(([part, running]) => {
      if (running && network === 'discriminator') return []
      const wanted = `${running ? 'average' : network}/${layer}/${part}`
      const tensor = stats.tensors.find((each) => each.name === wanted)
      return tensor === undefined ? [] : [{ ...tensor, name: `${layer}/${part}` }]
    }),
  )
  const shown = network === 'generator' && kind === 'maps'
  const activation = shown && stats.activations.find((each) => each.block === name)
  return activation ? [...rows, { name: output, shape: [], numbers: activation.numbers }] : rows
}

/** What a person looks at in a run's networks. Read of the newest checkpoint, and again when there is a newer one. */
export class NetworkLook {
  chosen: NetworkBlock | null = $state.raw(null)
  stats: NetworkStats | null = $state.raw(null)
  failure: string | null = $state(null)
  readonly #library: Library
  readonly #runId: string
  #asked = 0

  constructor(library: Library, runId: string) {
    this.#library = library
    this.#runId = runId
  }

  /** Looks at a block, or no more at the one that is looked at. */
  choose(block: NetworkBlock): void {
    const { chosen } = this
    const same = chosen?.name === block.name && chosen.network === block.network
    this.chosen = same ? null : block
    if (!same) void this.read()
  }

  async read(): Promise<void> {
    const asked = ++this.#asked
    try {
      const stats = await this.#library.client.networkStats({ runId: this.#runId })
      if (asked !== this.#asked) return
      this.stats = stats
      this.failure = null
    } catch (error) {
      if (asked === this.#asked) this.failure = errorWords(error)
    }
  }
}
