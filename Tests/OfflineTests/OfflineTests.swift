// OfflineTests
