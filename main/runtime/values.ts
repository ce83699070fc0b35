import type { InputValues, Program, TensorSpec, Values } from './engine'

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Throws unless `values` holds every state tensor of the program with its number of elements. */
export function checkState(program: Program, values: Values): void {
  for (const [name, spec] of Object.entries(program.state))
    check(program, 'state', name, spec, values[name])
}

/** Throws unless `values` holds every input of the program with its number of elements and its element type. */
export function checkInputs(program: Program, values: InputValues): void {
  for (const [name, spec] of Object.entries(program.inputs)) {
    check(program, 'input', name, spec, values[name])
    const type = values[name] instanceof Uint8Array ? 'uint8' : 'float32'
    const wanted = spec.type ?? 'float32'
    if (type !== wanted) {
      throw new TypeError(
        `program "${program.name}": input "${name}" must be ${wanted} values, not ${type}`,
      )
    }
  }
}

/** The named state tensors, each read by `read`; throws for a name that the program's state does not have. */
export function chosenState(
  program: Program,
  names: readonly string[],
  read: (name: string) => Float32Array,
): Values {
  const chosen: Record<string, Float32Array> = {}
  for (const name of names) {
    if (!(name in program.state))
      throw new RangeError(`program "${program.name}" has no state "${name}"`)
    chosen[name] = read(name)
  }
  return chosen
}

function check(
  program: Program,
  role: string,
  name: string,
  spec: TensorSpec,
  values: ArrayLike<number> | undefined,
): void {
  const where = `program "${program.name}": ${role} "${name}"`
  if (values === undefined) throw new RangeError(`${where} is missing`)
  const size = sizeOf(spec.shape)
  if (values.length === size) return
  throw new RangeError(
    `${where} has shape [${spec.shape.join(', ')}], ${size} values, but ${values.length} were given`,
  )
}
