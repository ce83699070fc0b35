import type { MessagePortMain } from 'electron'
import { connectService, type Connection } from '../../shared/protocol/connect'
import { trainer } from '../../shared/protocol/trainer'
import { portOf } from '../ipc/electronPort'

/** Whether a run is being worked on at this moment, and how far it is, 0 to 1; null while that is not known. */
export type TrainingSign = { moving: boolean; done: number | null }

/** Nobody trains. */
export const AT_REST: TrainingSign = { moving: false, done: null }

/** Follows whoever trains, for what the system shows of it: an icon's progress, a computer that stays awake. */
export class TrainingWatch {
  #sign: TrainingSign = AT_REST
  #connection: Connection<typeof trainer> | null = null
  #totalImages: number | null = null
  readonly #changed: (sign: TrainingSign) => void

  constructor(changed: (sign: TrainingSign) => void) {
    this.#changed = changed
  }

  get sign(): TrainingSign {
    return this.#sign
  }

  /** Follows the trainer behind a new port, in place of the one before. */
  follow(port: MessagePortMain): void {
    this.rest()
    const connection = connectService(trainer, portOf(port))
    this.#connection = connection
    this.#tell({ moving: true, done: null })
    connection.listen('event', ({ body }) => {
      if (body.kind === 'tick') this.#reached(body.imagesSeen)
      else if (body.kind === 'settings') this.#ask(connection)
      else if (body.kind === 'state') {
        const moving = body.state === 'training' || body.state === 'preparing'
        this.#tell({ ...this.#sign, moving })
      }
    })
    this.#ask(connection)
  }

  /** Nobody trains any more. */
  rest(): void {
    this.#connection?.close()
    this.#connection = null
    this.#totalImages = null
    this.#tell(AT_REST)
  }

  #ask(connection: Connection<typeof trainer>): void {
    connection.client.progress().then(
      ({ imagesSeen, totalImages }) => {
        if (connection !== this.#connection) return
        this.#totalImages = totalImages
        this.#reached(imagesSeen)
      },
      () => {
        // The trainer ended in between, which is told otherwise.
      },
    )
  }

  #reached(imagesSeen: number): void {
    const total = this.#totalImages
    if (total !== null) this.#tell({ ...this.#sign, done: Math.min(1, imagesSeen / total) })
  }

  #tell(sign: TrainingSign): void {
    if (sign.moving === this.#sign.moving && sign.done === this.#sign.done) return
    this.#sign = sign
    this.#changed(sign)
  }
}
