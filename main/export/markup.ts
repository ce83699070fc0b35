/** The text with the letters replaced that mean something in XML and HTML. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }
  return text.replaceAll(/[&<>"]/g, (letter) => `&${entities[letter]};`)
}
