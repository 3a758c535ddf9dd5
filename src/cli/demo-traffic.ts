import axios from 'axios';
import { demoBusiness, demoMedia, demoPeople, demoWebhooks, sign } from '../sandbox/whatsapp/index.ts';
import * as print from './demo-print.ts';
import { demoSecrets, type DemoSandbox } from './demo-sandbox.ts';

const [, ben, chiara] = demoPeople;

/** Files that the demo's traffic brings: what must be attached in each CRM in the end. */
export const filesSent = Object.keys(demoMedia).length + 2;
/** The sample's voice message and call recording of one person have the same bytes: a record of both shows them once. */
export const sameFiles = 1;

/** Messages and calls that the demo's traffic makes, the excluded person's among them. */
export const interactionsSent = 28;

/** What people and other systems do in the demo, through the worker's real ways in. */
export async function sendEverything(url: string, sandbox: DemoSandbox): Promise<void> {
  await sendSamples(url);
  await sendThroughUs(url);
  await talkAtTwilio(url, sandbox);
}

async function sendSamples(url: string): Promise<void> {
  print.heading('Signed sample webhooks through the real receiver');
  const samples = demoWebhooks(new Date());
  for (const [index, { name, body }] of samples.entries()) {
    await postSigned(url, body);
    print.progress(`${index + 1} of ${samples.length} answered 200: ${name}`, index === samples.length - 1);
  }
}

/** A chatbot sends through us to Meta with its own token: the webhooks of that carry no text. */
async function sendThroughUs(url: string): Promise<void> {
  print.heading('Another system sends a message through the recording pass-through');
  const { phoneNumberId } = demoBusiness;
  const answer = await axios.post<{ messages: { id: string }[] }>(
    `${url}/graph/support/v25.0/${phoneNumberId}/messages`,
    {
      messaging_product: 'whatsapp',
      to: ben.phone.slice(1),
      type: 'text',
      text: { body: 'Your invoice 4711 is ready. This was sent by a chatbot.' },
    },
    { headers: { authorization: `Bearer ${demoSecrets.accessToken}` } },
  );
  print.line(`Meta's answer came back as it was: ${answer.status}, ${answer.data.messages.length} message.`);
}

/** While the webhooks are dead only the lists know what happened; then one comes again, with what no list has. */
async function talkAtTwilio(url: string, { twilio }: DemoSandbox): Promise<void> {
  print.heading('A Twilio account whose webhooks are dead: the pull finds what happened');
  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  twilio.webhooks(`${url}/webhooks/emea`);
  twilio.webhooksDown(true);
  await twilio.receive({
    from: chiara.phone,
    body: 'Buongiorno! When will the lamps arrive? This is the door they must go through.',
    media: [{ contentType: 'image/png', data: demoMedia.photo.data }],
    at: minutesAgo(20),
  });
  const answer = await twilio.send({
    to: chiara.phone,
    body: 'On Tuesday, before noon.',
    status: 'read',
    at: minutesAgo(18),
  });
  await twilio.call({
    direction: 'inbound',
    person: chiara.phone,
    answered: true,
    duration: 95,
    legs: 2,
    recording: demoMedia.recording.data,
    at: minutesAgo(12),
  });
  await twilio.call({ direction: 'inbound', person: ben.phone, answered: false, at: minutesAgo(10) });
  twilio.webhooksDown(false);
  await twilio.receive({
    from: chiara.phone,
    profileName: 'Chiara R.',
    body: 'Perfect, see you then.',
    replyTo: answer,
  });
  print.line('2 messages and 2 calls that no webhook told, then 1 message by webhook and by the list.');
}

async function postSigned(url: string, body: object): Promise<void> {
  const raw = JSON.stringify(body);
  await axios.post(`${url}/webhooks/support`, raw, {
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': sign(raw, demoSecrets.appSecret),
    },
  });
}
