import type { Device } from '../../shared/domain/device'
import type { QualityPoint } from '../../shared/domain/quality'
import type { Resolution } from '../../shared/domain/resolution'
import type {
  FailureReason,
  Mosaic,
  Tick,
  TrainEvent,
  TrainEventBody,
} from '../../shared/domain/trainEvent'
import { NO_CURVES, upTo, withTick, type Curves } from './curves'
import { complaintWords } from './problemWords'

/** What a run's events say it was doing when the last one was written. */
export type Activity = Extract<TrainEventBody, { kind: 'state' }>['state']

/** An event worth a line of its own: neither a tick, nor a mosaic, nor how convolutions are computed; of qualities new bests. */
export type NotableEvent = Omit<TrainEvent, 'body'> & {
  body: Exclude<TrainEventBody, { kind: 'tick' | 'mosaic' | 'kernels' }>
}

/** Everything a run's screen shows of its events. */
export type RunFold = {
  /** The newest event that is folded in; 0 before the first. */
  seq: number
  activity: Activity | null
  imagesSeen: number
  tick: Tick | null
  mosaic: Mosaic | null
  /** Place in the run's order, and time, of the event that brought `mosaic`. */
  mosaicEvent: { seq: number; at: number } | null
  curves: Curves
  /** In the order in which they became known. */
  qualities: readonly QualityPoint[]
  /** Newest first, at most {@link MAX_NOTABLE} of each kind. */
  notable: NotableEvent[]
  /** Images per second per resolution, smoothed. */
  speeds: ReadonlyMap<Resolution, number>
  failure: string | null
  /** What there is to be done about it, where there is more than to read. */
  failureReason: FailureReason | null
  /** What training last changed to; null where it never did. */
  device: Device | null
}

/** Most events of one kind listed. */
export const MAX_NOTABLE = 100
/** Weight of a new tick in the smoothed speed: about the last seven ticks count. */
const SPEED_WEIGHT = 0.25

/** Before any event. */
export const EMPTY_FOLD: RunFold = {
  seq: 0,
  activity: null,
  imagesSeen: 0,
  tick: null,
  mosaic: null,
  mosaicEvent: null,
  curves: NO_CURVES,
  qualities: [],
  notable: [],
  speeds: new Map(),
  failure: null,
  failureReason: null,
  device: null,
}

/**
 * `fold` with `events` (in order) folded in. Events that are in it already are left out, so that stored and live
 * events may overlap.
 */
export function foldEvents(fold: RunFold, events: readonly TrainEvent[]): RunFold {
  return events.reduce((all, event) => (event.seq <= all.seq ? all : foldEvent(all, event)), fold)
}

function foldEvent(fold: RunFold, event: TrainEvent): RunFold {
  const { seq } = event
  const { body } = event
  switch (body.kind) {
    case 'tick':
      return {
        ...fold,
        seq,
        imagesSeen: body.imagesSeen,
        tick: body,
        curves: withTick(fold.curves, body, event.at),
        speeds: withSpeed(fold.speeds, body),
      }
    case 'mosaic':
      return { ...fold, seq, mosaic: body, mosaicEvent: { seq, at: event.at } }
    case 'kernels':
      return { ...fold, seq }
    case 'stage':
      return { ...fold, seq, imagesSeen: body.imagesSeen, notable: noted(fold, event, body) }
    case 'state':
      return {
        ...rewound(fold, body.imagesSeen),
        seq,
        imagesSeen: body.imagesSeen,
        activity: body.state,
        failure: body.state === 'failed' ? fold.failure : null,
        failureReason: body.state === 'failed' ? fold.failureReason : null,
        notable: noted(rewound(fold, body.imagesSeen), event, body),
      }
    case 'device':
      return { ...fold, seq, device: body.device, notable: noted(fold, event, body) }
    case 'quality': {
      const { imagesSeen, resolution, distance, best } = body
      const qualities = [...fold.qualities, { imagesSeen, resolution, distance, at: event.at }]
      return { ...fold, seq, qualities, notable: best ? noted(fold, event, body) : fold.notable }
    }
    case 'checkpoint':
    case 'note':
    case 'settings':
    case 'alarm':
      return { ...fold, seq, notable: noted(fold, event, body) }
    case 'error':
      return {
        ...fold,
        seq,
        failure: complaintWords(body),
        failureReason: body.reason ?? null,
        notable: noted(fold, event, body),
      }
    default:
      return body satisfies never
  }
}

/**
 * A run that lost its worker goes on from its last checkpoint: what came after that is trained again, so it is
 * taken back here as the run's file does. States and errors stay, since they did happen; so does the last mosaic,
 * until the next one.
 */
function rewound(fold: RunFold, imagesSeen: number): RunFold {
  if (imagesSeen >= fold.imagesSeen) return fold
  return {
    ...fold,
    curves: upTo(fold.curves, imagesSeen),
    qualities: fold.qualities.filter((quality) => quality.imagesSeen <= imagesSeen),
    notable: fold.notable.filter(({ body }) => {
      if (body.kind === 'stage' || body.kind === 'quality') return body.imagesSeen <= imagesSeen
      return body.kind !== 'checkpoint' || body.checkpoint.imagesSeen <= imagesSeen
    }),
  }
}

function noted(fold: RunFold, event: TrainEvent, body: NotableEvent['body']): NotableEvent[] {
  let ofKind = 1
  const before = fold.notable.filter(
    ({ body: { kind } }) => kind !== body.kind || ++ofKind <= MAX_NOTABLE,
  )
  return [{ ...event, body }, ...before]
}

function withSpeed(speeds: RunFold['speeds'], tick: Tick): RunFold['speeds'] {
  if (!(tick.imagesPerSecond > 0) || !Number.isFinite(tick.imagesPerSecond)) return speeds
  const before = speeds.get(tick.resolution) ?? tick.imagesPerSecond
  const speed = before + SPEED_WEIGHT * (tick.imagesPerSecond - before)
  return new Map(speeds).set(tick.resolution, speed)
}
