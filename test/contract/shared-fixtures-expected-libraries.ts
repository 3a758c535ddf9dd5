/** What each sample of other libraries and providers is expected to say: `kind direction, from > to, time | beginning of the text`, one for each event. */
export const expectedOfLibraries: Readonly<Record<string, readonly string[]>> = {
  'pywa/account_update.account_deleted.json': [
    'notice, nobody - no number, 2025-03-31T20:11:43Z | account_update.ACCOUNT_DELETED',
  ],
  'pywa/account_update.account_reconnected.json': [
    'notice, nobody - no number, 2025-03-31T20:11:43Z | account_update.ACCOUNT_RECONNECTED',
  ],
  'pywa/account_update.partner_removed_wa_app_disconnection.json': [
    'notice, nobody - no number, 2025-05-29T00:09:19Z | account_update.PARTNER_REMOVED',
  ],
  'pywa/call_connect.business_initiated.json': [
    'call.connect outbound, +16315553601 > +972987654321/US.13491208655302741918, 2025-07-15T12:35:33Z',
  ],
  'pywa/call_permission_update.accept.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2025-07-15T12:23:02Z | interactive: Allowed calls until 2025-07-22 12:2',
  ],
  'pywa/call_status.call_status.json': [
    'call.ringing outbound, +16315553601 > +972987654321/US.13491208655302741918, 2022-12-21T17:47:04Z',
  ],
  'pywa/callback_button.quick_reply_without_context.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-25T21:23:47Z | button: title',
  ],
  'pywa/callback_selection.description.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-25T20:48:25Z | interactive: title / description',
  ],
  'pywa/deleted_message.revoke.json': [
    'unrecognised, nobody - no number, 2023-10-11T16:53:43Z | messages.messages',
  ],
  'pywa/edited_message.image.json': [
    'edit inbound, +16505551234/US.13491208655302741918 > +15550783881, 2025-06-13T22:42:55Z | image: Updated image caption',
  ],
  'pywa/flow_completion.completion.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-12-13T21:21:13Z | interactive: Comment text: Comment Text / Delive',
  ],
  'pywa/flow_completion.without_flow_token.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-12-13T21:21:13Z | interactive: Comment text: Comment Text / Delive',
  ],
  'pywa/message.animated_sticker.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:03:05Z | sticker: ',
  ],
  'pywa/message.audio.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T16:58:29Z | audio: ',
  ],
  'pywa/message.chosen_location.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:15:57Z | location: Facebook HQ / 1 Hacker Way, Menlo Park',
  ],
  'pywa/message.document.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:01:06Z | document: caption',
  ],
  'pywa/message.forwarded.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:20:15Z | text: forwarded text',
  ],
  'pywa/message.media_with_url.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T16:56:19Z | image: ',
  ],
  'pywa/message.reaction.json': [
    'reaction inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:14:16Z | 😮',
  ],
  'pywa/message.unreaction_empty.json': [
    'reaction inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:14:16Z | taken away',
  ],
  'pywa/message.unsupported.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:18:26Z | unsupported: [unsupported message] Message type ',
  ],
  'pywa/message.video.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T17:12:42Z | video: caption',
  ],
  'pywa/message.voice.json': [
    'message inbound, +972987654321/US.13491208655302741918 > +972123456789, 2023-10-11T16:57:53Z | audio: ',
  ],
  'pywa/message_status.delivered.json': [
    'status.delivered, +972123456789 > +972987654321/US.13491208655302741918, 2023-10-25T20:49:05Z',
  ],
  'pywa/message_status.failed.json': [
    'status.failed, +972123456789 > +972987654321/US.13491208655302741918, 2023-07-15T00:20:58Z',
  ],
  'pywa/message_status.played.json': [
    'status.played, +972123456789 > +972987654321/US.13491208655302741918, 2023-07-15T00:20:58Z',
  ],
  'pywa/message_status.read.json': [
    'status.read, +972123456789 > +972987654321/US.13491208655302741918, 2023-07-15T00:20:58Z',
  ],
  'pywa/message_status.sent.json': [
    'status.sent, +972123456789 > +972987654321/US.13491208655302741918, 2023-10-25T20:49:05Z',
  ],
  'pywa/outgoing_message.delete.json': [
    'revoke outbound, +972123456789 > +972987654321/US.13491208655302741918, 2023-10-11T17:22:48Z',
  ],
  'pywa/outgoing_message.edit.json': [
    'edit outbound, +972123456789 > +972987654321/US.13491208655302741918, 2023-10-11T17:22:48Z | text: Text was edited',
  ],
  'pywa/outgoing_message.text.json': [
    'message outbound, +972123456789 > +972987654321/<BSUID>, 2023-10-11T16:53:43Z | text: Test message',
  ],
  'pywa/system.identity_change.json': [
    'message inbound, +972987654321 > +972123456789, 2023-10-11T17:18:26Z | system: User identity changed',
  ],
  'pywa/system.phone_number_change.json': [
    'message inbound, +972987654321 > +972123456789, 2025-07-30T04:55:15Z | system: User A changed from 972987654321 to 9729',
  ],
  'pywa/template_status_update.rejected.json': [
    'notice, nobody - no number, 2025-06-30T01:39:08Z | message_template_status_update.REJECTED',
  ],
  'pywa/user_marketing_preferences.resume.json': [
    'notice, +16505551234/US.13491208655302741918 - +15550783881, 2024-11-15T21:22:01Z | user_preferences',
  ],
  'kapso-sdk/mixed_messages_statuses_calls.json': [
    'message inbound, +15551234567 > +16315558151, 2025-01-01T00:03:20Z | order: Thanks for your order! / 1 × SKU-1',
    'message inbound, +15551234567 > +16315558151, 2025-01-01T00:03:30Z | sticker: ',
    'message inbound, +15551234567 > +16315558151, 2025-01-01T00:03:40Z | interactive: Rating: 5 / Comment: Great!',
    'status.sent, +16315558151 > +15551234567, 2025-01-01T00:05:00Z',
    'call.connect inbound, +15551234567 > +16315558151, 2025-01-01T00:05:50Z',
  ],
  '360dialog/call_connect_user.json': [
    'call.connect inbound, +16315553601 > +13175551399, 2022-12-21T17:47:04Z',
  ],
  '360dialog/history_wrapped.json': [
    "message outbound, +15550783881 > +16505551234, 2025-02-05T23:02:27Z | text: Here's the info you requested!",
  ],
};
