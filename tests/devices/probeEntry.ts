import { handleProbeDevice } from '../../main/devices/probeHandler'
import { probeDevice } from '../../main/devices/probeJob'
import { offer, serveJobs } from '../../main/ipc/serveJobs'
import type { JobHandler } from '../../shared/jobs'

/** Some devices as bad drivers are, which can be had on no machine; the CPU as it is. */
const probe: JobHandler<typeof probeDevice> = async (input, tools) => {
  switch (input.device) {
    case 'webgpu':
      process.stderr.write('the driver fell over\n')
      await new Promise((resolve) => setTimeout(resolve, 100))
      process.kill(process.pid, 'SIGSEGV')
      return new Promise(() => undefined)
    // As native code that never comes back.
    case 'cuda':
      for (;;);
    case 'dml':
      throw new Error('out of device memory')
    default:
      return handleProbeDevice(input, tools)
  }
}

serveJobs([offer(probeDevice, async () => probe)])
