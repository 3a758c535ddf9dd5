export { startWhatsApp, type WhatsAppSandbox } from './graph.ts';
export { demoMedia } from './media.ts';
export { demoBusiness, demoPeople, excludedPerson, unknownPerson, type DemoPerson } from './people.ts';
export { demoWebhooks } from './samples.ts';
export { sign } from './sign.ts';
