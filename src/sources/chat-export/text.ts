/** Marks that turn the direction of writing: WhatsApp puts them before its own words and around numbers. */
const marks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** The text without direction marks, with ordinary spaces for the narrow and the fixed ones. */
export function withoutMarks(text: string): string {
  return text.replace(marks, '').replace(/[\u00a0\u202f]/g, ' ');
}

/** The same for two texts that differ only in marks, in kinds of white space or in how accents are written. */
export function comparable(text: string): string {
  return withoutMarks(text).normalize('NFC').replace(/\s+/g, ' ').trim();
}
