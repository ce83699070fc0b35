import * as v from 'valibot'
import { DeviceSchema, KnownDeviceSchema } from '../domain/device'
import { EngineReportSchema, ENGINES } from '../domain/engine'
import { StorageSchema } from '../domain/storage'
import type { RequestSpec } from './service'

const nothing = v.void()
const job = v.object({ jobId: v.string() })
const engine = v.object({ name: v.picklist(ENGINES) })

/** Requests to the library about the machine: what can compute, which engines there are, what is on the disk. */
export const machineRequests = {
  /** The devices that this machine may have, with what is known of each: at once. `probing` is a job that tries some. */
  devices: {
    input: nothing,
    output: v.object({ known: v.array(KnownDeviceSchema), probing: v.nullable(v.string()) }),
  },
  /**
   * Tries devices, each in a process of its own: those named, or all that are not known yet. A job whose label is the
   * device at hand; `machineChanged` tells when one is done. Refused while another one tries.
   */
  probeDevices: { input: v.object({ devices: v.nullable(v.array(DeviceSchema)) }), output: job },
  engines: { input: nothing, output: v.array(EngineReportSchema) },
  /**
   * These three start a job on an engine, see `EngineReport.work`; refused while there is one. A removal's
   * `done.result` is the bytes that it freed.
   */
  installEngine: { input: engine, output: job },
  repairEngine: { input: engine, output: job },
  removeEngine: { input: engine, output: job },
  storage: { input: nothing, output: StorageSchema },
  /** Deletes prepared pictures; refused while a run needs them or they are being prepared. */
  deleteDataset: { input: v.object({ datasetId: v.string() }), output: nothing },
} as const satisfies Readonly<Record<string, RequestSpec>>

/** Events of the library about the machine. */
export const machineEvents = {
  /** What is known of devices, engines or storage is no longer the same: ask again. */
  machineChanged: v.object({}),
} as const
