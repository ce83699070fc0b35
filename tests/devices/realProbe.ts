import { handleProbeDevice } from '../../main/devices/probeHandler'
import { probeDevice } from '../../main/devices/probeJob'
import { offer, serveJobs } from '../../main/ipc/serveJobs'

serveJobs([offer(probeDevice, async () => handleProbeDevice)])
