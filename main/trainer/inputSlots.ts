import type { InputValues, TensorSpecs } from '../runtime/engine'
import { sizeOf } from '../runtime/values'

/** Where a step's inputs lie in its slot of shared memory. */
type Place = {
  readonly name: string
  readonly type: 'float32' | 'uint8'
  /** Bytes from the slot's start. */
  readonly at: number
  /** Elements. */
  readonly size: number
}

/** How the inputs of one step lie in memory; plain data, to be sent to a thread. */
export type SlotLayout = { readonly places: readonly Place[]; readonly bytes: number }

/** Every input begins at a multiple of so many bytes, a cache line. */
const ALIGNMENT = 64

/** The layout of a slot that holds the given inputs. */
export function slotLayout(inputs: TensorSpecs): SlotLayout {
  let bytes = 0
  const places = Object.entries(inputs).map(([name, spec]): Place => {
    const [at, size, type] = [bytes, sizeOf(spec.shape), spec.type ?? 'float32']
    bytes += Math.ceil((size * (type === 'uint8' ? 1 : 4)) / ALIGNMENT) * ALIGNMENT
    return { name, type, at, size }
  })
  return { places, bytes }
}

/** The inputs in slot number `slot` of `memory`, without copying. */
export function slotViews(
  layout: SlotLayout,
  memory: SharedArrayBuffer,
  slot: number,
): InputValues {
  const views: Record<string, Float32Array | Uint8Array> = {}
  for (const { name, type, at, size } of layout.places) {
    const from = slot * layout.bytes + at
    views[name] =
      type === 'uint8' ? new Uint8Array(memory, from, size) : new Float32Array(memory, from, size)
  }
  return views
}

/** Writes a step's inputs into views of a slot. Throws when one is missing or of another size. */
export function fillSlot(views: InputValues, inputs: InputValues): void {
  for (const [name, view] of Object.entries(views)) {
    const values = inputs[name]
    if (values?.length !== view.length) {
      throw new RangeError(`The step's input "${name}" needs ${view.length} values.`)
    }
    view.set(values)
  }
}
