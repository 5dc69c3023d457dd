// StreamJSON
