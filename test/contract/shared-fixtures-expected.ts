/** What each sample is expected to say: `kind direction, from > to, time | beginning of the text`, one for each event. */
export const expectedOfMeta: Readonly<Record<string, readonly string[]>> = {
  'meta-2026/account_settings_update_calling.json': [
    'notice, nobody - no number, 2022-12-21T17:47:04Z | account_settings_update.PHONE_NUMBER_SETTINGS',
  ],
  'meta-2026/bsuid_incoming_text_no_phone.json': [
    'message inbound, US.13491208655302741918 > +15550783881, 2025-06-08T20:59:43Z | text: Does it come in another color?',
  ],
  'meta-2026/bsuid_status_delivered_with_phone.json': [
    'status.delivered, +15550783881 > +16505551234/US.13491208655302741918, 2025-06-15T23:27:53Z',
  ],
  'meta-2026/call_created_sip.json': [
    'call.created outbound, +16315553601 > +16315553602/US.13491208655302741918, 2022-12-21T17:47:04Z',
  ],
  'meta-2026/call_recording_available.json': [
    'call.recording, +16505551234/US.13491208655302741918 - +15550783881, 2024-10-14T18:56:17Z',
  ],
  'meta-2026/call_terminate_user_bsuid.json': [
    'call.terminate inbound, +16505551234/US.13491208655302741918 > +15550783881, 2025-06-15T23:27:53Z | answered',
  ],
  'meta-2026/call_transcript_document.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-2026/group_read_with_pricing.json': [
    'status.read, +15550783881 > +16505551234, 2025-06-16T19:10:00Z',
  ],
  'meta-2026/messaging_handovers_control_passed.json': [
    'notice, +16505551234 - +15550783881, 2025-06-16T19:10:00Z | messaging_handovers.control_passed',
  ],
  'meta-2026/nfm_reply_address_in.json': [
    'message inbound, +919876543210/IN.13491208655302741918 > +15550783881, 2022-12-20T01:14:15Z | interactive: In pin code: 400063 / Landmark area',
  ],
  'meta-2026/send_response_to_bsuid.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-2026/standby_inbound_message.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-16T19:10:00Z | text: Test standby message',
  ],
  'meta-2026/standby_text_message_echo.json': [
    'message outbound, +15550783881 > +16505551234, 2025-06-16T19:10:00Z | text: Hello! Your order #12345 has shipped.',
  ],
  'meta-2026/user_id_update.json': [
    'number-change, +16505551234/US.13491208655302741918 became +16505551234/US.20837465019283746501, 2025-06-15T23:27:53Z',
  ],
  'meta-2026/voicemail_audio_message.json': [
    'call.voicemail inbound, +16505551234/US.13491208655302741918 > +15550783881, 2024-10-14T18:56:17Z',
  ],
  'meta-docs-2025-12/analytics_call.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-docs-2025-12/analytics_pricing.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-docs-2025-12/bsuid_status_empty_strings.json': [
    'status.delivered, +15550783881 > user.9373795779eb6441c8adb2eaee5b848e7dd174ddd302d7db62142f4722d574b6, 2025-06-15T23:27:53Z',
  ],
  'meta-docs-2025-12/call_connect_user.json': [
    'call.connect inbound, +16315553601 > +13175551399, 2022-12-21T17:47:04Z',
  ],
  'meta-docs-2025-12/call_permission_reply_no_type.json': [
    'message inbound, +12185552828 > +13175551399, 2025-06-06T08:03:20Z | interactive: Allowed calls until 2025-06-13 08:0',
  ],
  'meta-docs-2025-12/call_status_ringing.json': [
    'call.ringing outbound, +13175551399 > +12185552828, 2025-06-06T08:03:20Z',
  ],
  'meta-docs-2025-12/call_terminate_business.json': [
    'call.terminate outbound, +13175551399 > +12185552828, 2025-06-06T08:11:20Z | answered',
  ],
  'meta-docs-2025-12/contacts.json': [
    'message inbound, +16505551234 > +15550783881, 2025-04-11T04:08:16Z | contacts: Barbara J. Johnson, Social Tsunami, +1',
  ],
  'meta-docs-2025-12/disabled_update.json': [
    'notice, nobody - no number, 2025-03-31T20:11:43Z | account_update.DISABLED_UPDATE',
  ],
  'meta-docs-2025-12/errors_value_level.json': ['notice, nobody - +15550783881, now | messages.error'],
  'meta-docs-2025-12/group_text.json': [
    'message inbound, +16505551234 > +15550783881, 2025-04-11T04:08:16Z | text: What does everyone think about this?',
  ],
  'meta-docs-2025-12/history_declined_error.json': ['notice, nobody - +15550783881, now | history.declined'],
  'meta-docs-2025-12/history_media_message.json': [
    'message inbound, +16505551234 > +15550783881, 2025-02-05T23:02:27Z | image: Black Prince echeveria',
  ],
  'meta-docs-2025-12/history_threads.json': [
    "message outbound, +15550783881 > +16505551234, 2025-02-10T23:42:35Z | text: Here's the info you requested! https://www",
    'message outbound, +15550783881 > +16505551234, 2025-02-10T23:42:50Z | media_placeholder: ',
    'message inbound, +16505551234 > +15550783881, 2025-02-10T23:42:50Z | text: Thanks!',
    'message outbound, +15550783881 > +12125557890, 2025-02-10T23:42:50Z | text: Thanks for your order! As a thank you, use',
  ],
  'meta-docs-2025-12/location_reply_to_request.json': [
    'message inbound, +16505551234 > +15550783881, 2023-12-18T17:36:05Z | location: Solomon R. Guggenheim Museum / 1071 5t',
  ],
  'meta-docs-2025-12/order.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-16T17:52:05Z | order: Love these! / 2 × di9ozbzfi4, 30 USD each',
  ],
  'meta-docs-2025-12/phone_number_quality_update.json': [
    'notice, nobody - +15550783881, 2025-05-28T17:46:34Z | phone_number_quality_update.THROUGHPUT_UPGRADE',
  ],
  'meta-docs-2025-12/smb_app_state_sync.json': [
    'notice, +16505551234 - +15550783881, 2025-02-12T00:43:44Z | smb_app_state_sync.contact',
  ],
  'meta-docs-2025-12/smb_message_echo_text.json': [
    "message outbound, +15550783881 > +16505551234, 2025-02-12T00:43:44Z | text: Here's the info you requested! https://www",
  ],
  'meta-docs-2025-12/status_failed.json': [
    'status.failed, +15550783881 > +16505551234, 2025-06-28T20:34:48Z',
  ],
  'meta-docs-2025-12/template_category_update.json': [
    'notice, nobody - no number, 2025-05-02T07:00:00Z | template_category_update',
  ],
  'meta-docs-2025-12/text.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-08T20:59:43Z | text: Does it come in another color?',
  ],
  'meta-docs-2025-12/text_ctwa_ad.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-18T19:46:32Z | text: Can I get more info about this?',
  ],
  'meta-docs-2025-12/text_product_inquiry.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-15T19:46:40Z | text: Is this still available?',
  ],
  'meta-docs-2025-12/unsupported.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-16T16:18:22Z | unsupported: [unsupported message: edit] Message',
  ],
  'meta-docs-2025-12/user_preferences_stop.json': [
    'notice, +16505551234 - +15550783881, 2024-11-15T21:22:01Z | user_preferences',
  ],
  'meta-openapi/api_call_permissions_granted.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-openapi/api_media_url.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-openapi/api_message_history.json': ['unrecognised, nobody - no number, now | shape'],
  'meta-openapi/button.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-16T16:24:05Z | button: Unsubscribe',
  ],
  'meta-openapi/contacts.json': [
    'message inbound, +16505551234 > +15550783881, 2025-04-11T04:08:16Z | contacts: Lucía Gómez, Google, +1 (983) 555-2319',
  ],
  'meta-openapi/group_create.json': [
    'notice, nobody - +15550783881, 2025-06-18T17:55:42Z | group_lifecycle_update',
  ],
  'meta-openapi/group_remove_participants.json': [
    'notice, nobody - +15550783881, 2025-06-18T17:55:42Z | group_participants_update',
  ],
  'meta-openapi/group_settings_update.json': [
    'notice, nobody - +15550783881, 2025-06-18T17:55:42Z | group_settings_update',
  ],
  'meta-openapi/image.json': [
    'message inbound, +16505551234 > +15550783881, 2025-04-11T04:08:16Z | image: Taj Mahal',
  ],
  'meta-openapi/interactive_button_reply.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-15T22:05:36Z | interactive: Cancel',
  ],
  'meta-openapi/interactive_list_reply.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-13T22:42:55Z | interactive: Priority Mail Express / Next Day to',
  ],
  'meta-openapi/location.json': [
    'message inbound, +16505551234 > +15550783881, 2025-04-11T04:08:16Z | location: Philz Coffee / 101 Forest Ave, Palo Al',
  ],
  'meta-openapi/order.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-16T17:52:05Z | order: 2 × di9ozbzfi4, 30 USD each / 1 × nqryix0',
  ],
  'meta-openapi/text.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-08T20:59:43Z | text: Does it come in another color?',
  ],
  'meta-openapi/text_context_referred_product.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-15T19:46:40Z | text: Is this still available?',
  ],
  'meta-openapi/text_ctwa_ad_referral.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-18T19:46:32Z | text: Hello! Can I get more info on this?',
  ],
  'meta-openapi/unsupported.json': [
    'message inbound, +16505551234 > +15550783881, 2025-06-16T16:18:22Z | unsupported: [unsupported message] Message type ',
  ],
};
