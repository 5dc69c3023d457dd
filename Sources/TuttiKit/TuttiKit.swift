// TuttiKit
