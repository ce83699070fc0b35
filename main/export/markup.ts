/** The text with the letters replaced that mean something in XML and HTML. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': 'amp',
    '<': 'lt',
    '>': 'gt',
    '"': 'quot',
    "'": '#39',
  }
  // Characters that XML has no way to write would make a whole drawing unreadable.
  return text
    .replaceAll(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (letter) => `&${entities[letter]};`)
}
