/** Chat exports, the files that "Export chat" makes on Android and iOS. */
export { openChatFile, type ChatFile } from './chat-file.ts';
export { isZone } from './clock.ts';
export { dateOrders, readDate, type DateOrder } from './date-order.ts';
export { chatExportKind } from './payload.ts';
export { readChat, type ChatItem } from './read-chat.ts';
export { normalizeChatExport } from './normalize.ts';
export { findParties, type Parties, type PartiesQuestion } from './parties.ts';
export { surveyChat, type Survey } from './survey.ts';
export { comparable } from './text.ts';
