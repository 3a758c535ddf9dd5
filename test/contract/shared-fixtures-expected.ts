/** What each sample is expected to say: `kind direction person | beginning of the text`, one for each event. */
export const expectations: Readonly<Record<string, readonly string[]>> = {
  'meta-2026/account_settings_update_calling.json': [
    'notice | account_settings_update.PHONE_NUMBER_SETTINGS',
  ],
  'meta-2026/bsuid_incoming_text_no_phone.json': [
    'message inbound US.13491208655302741918 | text: Does it come in another color?',
  ],
  'meta-2026/bsuid_status_delivered_with_phone.json': ['status.delivered +16505551234'],
  'meta-2026/call_created_sip.json': ['call.created outbound +16315553602'],
  'meta-2026/call_recording_available.json': ['call.recording +16505551234'],
  'meta-2026/call_terminate_user_bsuid.json': ['call.terminate inbound +16505551234 | answered'],
  'meta-2026/call_transcript_document.json': ['unrecognised | shape'],
  'meta-2026/group_read_with_pricing.json': ['status.read +16505551234'],
  'meta-2026/messaging_handovers_control_passed.json': [
    'notice +16505551234 | messaging_handovers.control_passed',
  ],
  'meta-2026/nfm_reply_address_in.json': [
    'message inbound +919876543210 | interactive: In pin code: 400063 / Landmark area',
  ],
  'meta-2026/send_response_to_bsuid.json': ['unrecognised | shape'],
  'meta-2026/standby_inbound_message.json': ['message inbound +16505551234 | text: Test standby message'],
  'meta-2026/standby_text_message_echo.json': [
    'message outbound +16505551234 | text: Hello! Your order #12345 has shipped.',
  ],
  'meta-2026/user_id_update.json': ['number-change'],
  'meta-2026/voicemail_audio_message.json': ['call.voicemail inbound +16505551234'],
  'meta-docs-2025-12/analytics_call.json': ['unrecognised | shape'],
  'meta-docs-2025-12/analytics_pricing.json': ['unrecognised | shape'],
  'meta-docs-2025-12/bsuid_status_empty_strings.json': [
    'status.delivered user.9373795779eb6441c8adb2eaee5b848e7dd174ddd302d7db62142f4722d574b6',
  ],
  'meta-docs-2025-12/call_connect_user.json': ['call.connect inbound +16315553601'],
  'meta-docs-2025-12/call_permission_reply_no_type.json': [
    'message inbound +12185552828 | interactive: Allowed calls until 2025-06-13 08:0',
  ],
  'meta-docs-2025-12/call_status_ringing.json': ['call.ringing outbound +12185552828'],
  'meta-docs-2025-12/call_terminate_business.json': ['call.terminate outbound +12185552828 | answered'],
  'meta-docs-2025-12/contacts.json': [
    'message inbound +16505551234 | contacts: Barbara J. Johnson, Social Tsunami, +1',
  ],
  'meta-docs-2025-12/disabled_update.json': ['notice | account_update.DISABLED_UPDATE'],
  'meta-docs-2025-12/errors_value_level.json': ['notice | messages.error'],
  'meta-docs-2025-12/group_text.json': [
    'message inbound +16505551234 | text: What does everyone think about this?',
  ],
  'meta-docs-2025-12/history_declined_error.json': ['notice | history.declined'],
  'meta-docs-2025-12/history_media_message.json': [
    'message inbound +16505551234 | image: Black Prince echeveria',
  ],
  'meta-docs-2025-12/history_threads.json': [
    "message outbound +16505551234 | text: Here's the info you requested! https://www",
    'message outbound +16505551234 | media_placeholder: ',
    'message inbound +16505551234 | text: Thanks!',
    'message outbound +12125557890 | text: Thanks for your order! As a thank you, use',
  ],
  'meta-docs-2025-12/location_reply_to_request.json': [
    'message inbound +16505551234 | location: Solomon R. Guggenheim Museum / 1071 5t',
  ],
  'meta-docs-2025-12/order.json': [
    'message inbound +16505551234 | order: Love these! / 2 × di9ozbzfi4, 30 USD each',
  ],
  'meta-docs-2025-12/phone_number_quality_update.json': [
    'notice | phone_number_quality_update.THROUGHPUT_UPGRADE',
  ],
  'meta-docs-2025-12/smb_app_state_sync.json': ['notice +16505551234 | smb_app_state_sync.contact'],
  'meta-docs-2025-12/smb_message_echo_text.json': [
    "message outbound +16505551234 | text: Here's the info you requested! https://www",
  ],
  'meta-docs-2025-12/status_failed.json': ['status.failed +16505551234'],
  'meta-docs-2025-12/template_category_update.json': ['notice | template_category_update'],
  'meta-docs-2025-12/text.json': ['message inbound +16505551234 | text: Does it come in another color?'],
  'meta-docs-2025-12/text_ctwa_ad.json': [
    'message inbound +16505551234 | text: Can I get more info about this?',
  ],
  'meta-docs-2025-12/text_product_inquiry.json': [
    'message inbound +16505551234 | text: Is this still available?',
  ],
  'meta-docs-2025-12/unsupported.json': [
    'message inbound +16505551234 | unsupported: [unsupported message: edit] Message',
  ],
  'meta-docs-2025-12/user_preferences_stop.json': ['notice +16505551234 | user_preferences'],
  'meta-openapi/api_call_permissions_granted.json': ['unrecognised | shape'],
  'meta-openapi/api_media_url.json': ['unrecognised | shape'],
  'meta-openapi/api_message_history.json': ['unrecognised | shape'],
  'meta-openapi/button.json': ['message inbound +16505551234 | button: Unsubscribe'],
  'meta-openapi/contacts.json': [
    'message inbound +16505551234 | contacts: Lucía Gómez, Google, +1 (983) 555-2319',
  ],
  'meta-openapi/group_create.json': ['notice | group_lifecycle_update'],
  'meta-openapi/group_remove_participants.json': ['notice | group_participants_update'],
  'meta-openapi/group_settings_update.json': ['notice | group_settings_update'],
  'meta-openapi/image.json': ['message inbound +16505551234 | image: Taj Mahal'],
  'meta-openapi/interactive_button_reply.json': ['message inbound +16505551234 | interactive: Cancel'],
  'meta-openapi/interactive_list_reply.json': [
    'message inbound +16505551234 | interactive: Priority Mail Express / Next Day to',
  ],
  'meta-openapi/location.json': [
    'message inbound +16505551234 | location: Philz Coffee / 101 Forest Ave, Palo Al',
  ],
  'meta-openapi/order.json': [
    'message inbound +16505551234 | order: 2 × di9ozbzfi4, 30 USD each / 1 × nqryix0',
  ],
  'meta-openapi/text.json': ['message inbound +16505551234 | text: Does it come in another color?'],
  'meta-openapi/text_context_referred_product.json': [
    'message inbound +16505551234 | text: Is this still available?',
  ],
  'meta-openapi/text_ctwa_ad_referral.json': [
    'message inbound +16505551234 | text: Hello! Can I get more info on this?',
  ],
  'meta-openapi/unsupported.json': [
    'message inbound +16505551234 | unsupported: [unsupported message] Message type ',
  ],
  'pywa/account_update.account_deleted.json': ['notice | account_update.ACCOUNT_DELETED'],
  'pywa/account_update.account_reconnected.json': ['notice | account_update.ACCOUNT_RECONNECTED'],
  'pywa/account_update.partner_removed_wa_app_disconnection.json': [
    'notice | account_update.PARTNER_REMOVED',
  ],
  'pywa/call_connect.business_initiated.json': ['call.connect outbound +972987654321'],
  'pywa/call_permission_update.accept.json': [
    'message inbound +972987654321 | interactive: Allowed calls until 2025-07-22 12:2',
  ],
  'pywa/call_status.call_status.json': ['call.ringing outbound +972987654321'],
  'pywa/callback_button.quick_reply_without_context.json': ['message inbound +972987654321 | button: title'],
  'pywa/callback_selection.description.json': [
    'message inbound +972987654321 | interactive: title / description',
  ],
  'pywa/deleted_message.revoke.json': ['unrecognised | messages.messages'],
  'pywa/edited_message.image.json': ['edit inbound +16505551234 | image: Updated image caption'],
  'pywa/flow_completion.completion.json': [
    'message inbound +972987654321 | interactive: Comment text: Comment Text / Delive',
  ],
  'pywa/flow_completion.without_flow_token.json': [
    'message inbound +972987654321 | interactive: Comment text: Comment Text / Delive',
  ],
  'pywa/message.animated_sticker.json': ['message inbound +972987654321 | sticker: '],
  'pywa/message.audio.json': ['message inbound +972987654321 | audio: '],
  'pywa/message.chosen_location.json': [
    'message inbound +972987654321 | location: Facebook HQ / 1 Hacker Way, Menlo Park',
  ],
  'pywa/message.document.json': ['message inbound +972987654321 | document: caption'],
  'pywa/message.forwarded.json': ['message inbound +972987654321 | text: forwarded text'],
  'pywa/message.media_with_url.json': ['message inbound +972987654321 | image: '],
  'pywa/message.reaction.json': ['reaction inbound +972987654321 | 😮'],
  'pywa/message.unreaction_empty.json': ['reaction inbound +972987654321 | taken away'],
  'pywa/message.unsupported.json': [
    'message inbound +972987654321 | unsupported: [unsupported message] Message type ',
  ],
  'pywa/message.video.json': ['message inbound +972987654321 | video: caption'],
  'pywa/message.voice.json': ['message inbound +972987654321 | audio: '],
  'pywa/message_status.delivered.json': ['status.delivered +972987654321'],
  'pywa/message_status.failed.json': ['status.failed +972987654321'],
  'pywa/message_status.played.json': ['status.played +972987654321'],
  'pywa/message_status.read.json': ['status.read +972987654321'],
  'pywa/message_status.sent.json': ['status.sent +972987654321'],
  'pywa/outgoing_message.delete.json': ['revoke outbound +972987654321'],
  'pywa/outgoing_message.edit.json': ['edit outbound +972987654321 | text: Text was edited'],
  'pywa/outgoing_message.text.json': ['message outbound +972987654321 | text: Test message'],
  'pywa/system.identity_change.json': ['message inbound +972987654321 | system: User identity changed'],
  'pywa/system.phone_number_change.json': [
    'message inbound +972987654321 | system: User A changed from 972987654321 to 9729',
  ],
  'pywa/template_status_update.rejected.json': ['notice | message_template_status_update.REJECTED'],
  'pywa/user_marketing_preferences.resume.json': ['notice +16505551234 | user_preferences'],
  'kapso-sdk/mixed_messages_statuses_calls.json': [
    'message inbound +15551234567 | order: Thanks for your order! / 1 × SKU-1',
    'message inbound +15551234567 | sticker: ',
    'message inbound +15551234567 | interactive: Rating: 5 / Comment: Great!',
    'status.sent +15551234567',
    'call.connect inbound +15551234567',
  ],
  '360dialog/call_connect_user.json': ['call.connect inbound +16315553601'],
  '360dialog/history_wrapped.json': ["message outbound +16505551234 | text: Here's the info you requested!"],
};
