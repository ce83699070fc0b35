import * as v from 'valibot'
import { DatasetSourceSchema } from '../../shared/domain/dataset'
import { RunParentSchema } from '../../shared/domain/run'

/** What a row's column is where its own value makes no sense. */
type Sound = { readonly schema: v.GenericSchema; readonly otherwise: unknown; readonly json?: true }

const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const number: Sound = { schema: whole, otherwise: 0 }
const text = (otherwise: string): Sound => ({ schema: v.string(), otherwise })

/** A run's columns besides its id and settings, without which there is no run. */
const COLUMNS: Readonly<Record<string, Sound>> = {
  name: text('Repaired run'),
  dataset_id: text('unknown'),
  dataset_name: text('unknown'),
  dataset_source: {
    schema: DatasetSourceSchema,
    otherwise: JSON.stringify({ kind: 'folder', path: 'unknown' }),
    json: true,
  },
  state: { schema: v.picklist(['new', 'paused', 'finished', 'failed']), otherwise: 'paused' },
  failure: { schema: v.nullable(v.string()), otherwise: null },
  images_seen: number,
  created_at: number,
  last_activity_at: number,
  tags: { schema: v.array(v.string()), otherwise: '[]', json: true },
  note: text(''),
  starred: { schema: v.picklist([0, 1]), otherwise: 0 },
  parent: { schema: v.nullable(RunParentSchema), otherwise: null, json: true },
  trained_ms: number,
}

/** Puts what makes sense in place of what does not, in a row of the table `run` that a damage may have changed. */
export function makeSound(row: Record<string, unknown>): void {
  for (const [column, { schema, otherwise, json }] of Object.entries(COLUMNS)) {
    if (!(column in row)) continue
    const value = json && row[column] !== null ? parsed(row[column]) : row[column]
    if (!v.safeParse(schema, value).success) row[column] = otherwise
  }
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}
