import fc from 'fast-check'
import type { ServiceSpec } from '../../shared/protocol/service'

const NAMES_OF_OBJECTS = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty']
const NAMES_OF_PATHS = ['../../x', '..\\x', '/etc/passwd', 'a\0b', 'CON', 'C:\\x', '\\\\a\\b']

const texts = fc.oneof(
  fc.constantFrom(...NAMES_OF_OBJECTS, ...NAMES_OF_PATHS, '', 'folder', 'sample', "'; DROP TABLE"),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const numbers = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 1.5, 2 ** 31, 2 ** 53, 1e308, -1e308, Infinity, NaN),
  fc.double(),
)
const leaves = fc.oneof(
  texts,
  numbers,
  fc.constantFrom<unknown>(null, undefined, true, false, 7n, 2n ** 64n),
  fc.date(),
  fc.uint8Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 4 }),
)

/** Any value that crosses a port, the worse the likelier. */
export const hostileValues: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaves,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(texts, tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(texts, tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => new Set(values)),
  ),
})).value

/** A value much like one that a schema takes, with something in it that it may not take; `known` are texts that lead somewhere. */
export function nearlyRight(schema: unknown, known: readonly string[]): fc.Arbitrary<unknown> {
  const { type, entries, item, options, wrapped, literal } = schema as {
    type: string
    entries?: Record<string, unknown>
    item?: unknown
    options?: readonly unknown[]
    wrapped?: unknown
    literal?: unknown
  }
  const right = (): fc.Arbitrary<unknown> => {
    switch (type) {
      case 'object':
      case 'loose_object':
      case 'strict_object':
        return fc.record(
          Object.fromEntries(
            Object.entries(entries ?? {}).map(([key, each]) => [key, nearlyRight(each, known)]),
          ),
          { requiredKeys: [] },
        )
      case 'array':
        return fc.array(nearlyRight(item, known), { maxLength: 4 })
      case 'variant':
      case 'union':
        return fc.oneof(...(options ?? []).map((each) => nearlyRight(each, known)))
      case 'picklist':
        return fc.constantFrom(...(options ?? []))
      case 'nullable':
      case 'optional':
      case 'exact_optional':
        return fc.oneof(fc.constantFrom(null, undefined), nearlyRight(wrapped, known))
      case 'literal':
        return fc.constant(literal)
      case 'string':
        return known.length === 0 ? texts : fc.oneof(texts, fc.constantFrom(...known))
      case 'number':
        return fc.oneof(numbers, fc.nat(100))
      case 'boolean':
        return fc.boolean()
      case 'custom':
        return fc.uint8Array({ maxLength: 60 })
      default:
        return hostileValues
    }
  }
  return fc.oneof({ weight: 12, arbitrary: right() }, { weight: 1, arbitrary: hostileValues })
}

/** Messages on a service's port: calls of what there is and is not, answers that nobody waits for, and anything. */
export function hostileMessages(
  spec: ServiceSpec,
  known: readonly string[] = [],
): fc.Arbitrary<unknown> {
  const calls = Object.entries(spec.requests).map(([name, { input }]) =>
    fc.record({
      t: fc.constant('q'),
      m: fc.constant(name),
      a: fc.oneof(
        fc.tuple(nearlyRight(input, known)),
        fc.tuple(nearlyRight(input, known), hostileValues),
        fc.constant([]),
      ),
      i: fc.string({ minLength: 1, maxLength: 8 }),
    }),
  )
  const odd = fc.record(
    {
      t: fc.oneof(fc.constantFrom('q', 's', 'x'), hostileValues),
      m: fc.oneof(texts, hostileValues),
      a: fc.oneof(fc.array(hostileValues, { maxLength: 3 }), hostileValues),
      i: fc.oneof(texts, hostileValues),
      o: hostileValues,
      e: hostileValues,
      ready: hostileValues,
    },
    { requiredKeys: [] },
  )
  return fc.oneof(
    { weight: 6, arbitrary: fc.oneof(...calls) },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: hostileValues },
  )
}

/** Takes note of errors that nobody caught, until `stop` answers them. */
export function unhandled(): { stop(): unknown[] } {
  const errors: unknown[] = []
  const note = (error: unknown) => void errors.push(error)
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  return {
    stop() {
      process.off('unhandledRejection', note)
      process.off('uncaughtException', note)
      return errors
    },
  }
}
