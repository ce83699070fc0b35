import { protocol, type Session } from 'electron'
import { APP_SCHEME, answerFile, type FileAnswer } from './appProtocol'

/** Electron before 25 has this in place of `protocol.handle`. */
type OlderProtocol = {
  registerBufferProtocol(
    scheme: string,
    handler: (
      request: { url: string },
      respond: (response: {
        statusCode: number
        headers: Record<string, string>
        mimeType: string
        data: Buffer
      }) => void,
    ) => void,
  ): boolean
}

/** Makes app:// an origin like https://; must be called before Electron is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** Serves the files under `folder` as app:// in `session`. */
export function serveApp(session: Session, folder: string): void {
  if (typeof session.protocol.handle === 'function') {
    session.protocol.handle(APP_SCHEME, async ({ url }) => {
      const { status, headers, body } = await answerFile(url, folder)
      return new Response(new Uint8Array(body), { status, headers })
    })
    return
  }
  const older = session.protocol as unknown as OlderProtocol
  older.registerBufferProtocol(APP_SCHEME, ({ url }, respond) => {
    const send = ({ status, headers, body }: FileAnswer) => {
      const mimeType = headers['content-type']!.split(';')[0]!
      respond({ statusCode: status, headers, mimeType, data: body })
    }
    void answerFile(url, folder).then(send)
  })
}
