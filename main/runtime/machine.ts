import { arch, cpus, hostname, platform } from 'node:os'
import { runtimeVersion } from './onnxDevice'

/** Names this machine and the ONNX Runtime here: what was found out with others does not count. */
export function machineKey(): string {
  const [first] = cpus()
  return [
    hostname(),
    `${platform()}-${arch()}`,
    first?.model.trim() ?? 'unknown processor',
    `onnxruntime ${runtimeVersion()}`,
  ].join(', ')
}
