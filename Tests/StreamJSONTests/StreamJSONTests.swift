// StreamJSONTests
