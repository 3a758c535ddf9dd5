export { startWhatsApp, type WhatsAppSandbox, type WhatsAppSandboxOptions } from './graph.ts';
export { demoMedia, type SandboxMedia } from './media.ts';
export { demoBusiness, demoPeople, excludedPerson, unknownPerson, type DemoPerson } from './people.ts';
export type { Sample } from './samples-shape.ts';
export { demoWebhooks } from './samples.ts';
export { sign } from './sign.ts';
