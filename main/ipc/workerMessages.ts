import { type Complaint } from '../../shared/domain/explanation'
/** Main to worker, with one port: serve your protocol on it. */
export type ConnectMessage = { kind: 'connect' }

/** Worker to main, just before it exits with code 1. */
export type FatalMessage = { kind: 'fatal' } & Complaint

/** Worker to main, just before it exits because its work is done: exit codes do not tell a kill from that. */
export type DoneMessage = { kind: 'done' }

/** True for a message of `kind`, which is the field that tells these messages apart. */
export function isMessage<K extends string>(data: unknown, kind: K): data is { kind: K } {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === kind
}
